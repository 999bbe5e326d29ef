import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Client, credentials, status, type ServiceError } from '@grpc/grpc-js';
import { DEFAULT_STORAGE_OPTIONS, type TraceRequest, type VolumeSpec } from './backend.ts';
import { METHODS } from './methods.ts';
import { controlFixture, PHOTOS, type ControlFixture } from './testing/control-fixture.ts';

let fixture: ControlFixture;

beforeAll(async () => {
  fixture = await controlFixture();
  await fixture.client.addVolume(PHOTOS);
});

afterAll(async () => {
  await fixture.close();
});

async function refusal(call: Promise<unknown>): Promise<string> {
  const error = await call.then(
    () => ({ code: 'none', message: 'nothing was refused' }),
    (reason: { code: string; message: string }) => reason,
  );
  return `${error.code}: ${error.message}`;
}

function adding(part: Partial<VolumeSpec>): Promise<string> {
  return refusal(fixture.client.addVolume({ ...PHOTOS, name: 'other', ...part }));
}

async function traced(part: Partial<TraceRequest>): Promise<void> {
  const request = {
    volume: 'photos',
    maxEvents: 0,
    maxBytes: 0,
    seconds: 0,
    hashNames: false,
    keepExtensions: false,
    clearNames: [],
    ...part,
  };
  const parts = fixture.client.recordTrace(request, new AbortController().signal);
  await parts[Symbol.asyncIterator]().next();
}

/** Sends bytes as they are, past the client's own encoder. */
function send(path: string, bytes: Buffer): Promise<ServiceError | null> {
  const client = new Client(`unix:${fixture.socketPath}`, credentials.createInsecure());
  return new Promise((resolve) => {
    client.makeUnaryRequest(
      path,
      (given: Buffer) => given,
      (given) => given,
      bytes,
      { deadline: Date.now() + 10_000 },
      (error) => {
        client.close();
        resolve(error);
      },
    );
  });
}

describe('a request field', () => {
  it('may be as long as its limit', async () => {
    const longest = `/${'s'.repeat(4095)}`;
    const added = await fixture.client.addVolume({ ...PHOTOS, name: 'n'.repeat(32), source: longest });
    expect(added.source).toBe(longest);
    const longestText = '#'.repeat(1024 * 1024);
    expect((await fixture.client.validatePolicy(longestText, 'f'.repeat(4096))).diagnostics).toEqual([]);
    const why = 'w'.repeat(1024);
    expect((await fixture.client.applyPolicy('photos', '#', 'f', { why, dryRun: true })).why).toBe(why);
    const access = ['read', 'write', 'create', 'mmap'] as const;
    const asked = { volume: 'photos', path: 'a', access: [...access], uid: 0, package: 'p'.repeat(255) };
    expect((await fixture.client.explain(asked)).path).toBe('a');
    const names = Array<string>(10_000).fill('n'.repeat(255));
    await traced({ maxEvents: 10_000_000, maxBytes: 0xffff_ffff, seconds: 86_400, clearNames: names });
    expect(fixture.backend.calls.at(-1)?.arguments).toMatchObject([{ seconds: 86_400, clearNames: names }]);
  });

  it('is refused one byte beyond its limit, with its name and the limit', async () => {
    const { client } = fixture;
    expect(await adding({ source: `/${'é'.repeat(2048)}` })).toBe(
      'invalid_argument: source: 4,097 bytes, at most 4,096 are allowed',
    );
    expect(await adding({ mountPoint: `/${'s'.repeat(4096)}` })).toContain('mount_point: 4,097 bytes');
    expect(await adding({ policy: '#'.repeat(1024 * 1024 + 1) })).toContain('policy: 1,048,577 bytes');
    expect(await refusal(client.getPolicy('n'.repeat(65)))).toContain('volume: 65 bytes, at most 64');
    expect(await refusal(client.stats('n'.repeat(65)))).toContain('volume: 65 bytes');
    expect(await refusal(client.removeVolume('n'.repeat(65), false))).toContain('name: 65 bytes');
    expect(await refusal(client.validatePolicy('#'.repeat(1024 * 1024 + 1), ''))).toContain(
      'text: 1,048,577',
    );
    expect(await refusal(client.applyPolicy('photos', '#'.repeat(1024 * 1024 + 1), ''))).toContain('text: ');
    expect(await refusal(client.applyPolicy('photos', '', 'f'.repeat(4097)))).toContain('file_name: 4,097');
    const why = 'w'.repeat(1025);
    expect(await refusal(client.applyPolicy('photos', '', '', { why }))).toContain(
      'why: 1,025 bytes, at most 1,024',
    );
    expect(await refusal(client.rollbackPolicy('photos', 1, { why }))).toContain('why: 1,025 bytes');
    const long = { volume: '', path: 'a', access: [], uid: 0, package: 'p'.repeat(256) };
    expect(await refusal(client.explain(long))).toContain('package: 256 bytes, at most 255');
    const twice = { ...long, package: 'p', access: Array(5).fill('read') };
    expect(await refusal(client.explain(twice))).toContain('accesses: 5; 4 are allowed');
    expect(await refusal(traced({ maxEvents: 10_000_001 }))).toContain(
      'max_events: 10000001; 1 to 10,000,000',
    );
    expect(await refusal(traced({ maxBytes: 2 ** 32 }))).toContain(
      'max_bytes: 4294967296; 1 to 4,294,967,295',
    );
    expect(await refusal(traced({ seconds: 86_401 }))).toContain('seconds: 86401; 1 to 86,400 are allowed');
    const names = Array<string>(10_001).fill('');
    expect(await refusal(traced({ clearNames: names }))).toContain(
      'clear_names: 10,001 are too many; 10,000',
    );
    expect(await refusal(traced({ clearNames: ['', 'n'.repeat(256)] }))).toContain(
      'clear_names[1]: 256 bytes',
    );
    const path = 'p'.repeat(4097);
    expect(await refusal(client.explain({ volume: '', path, access: ['read'], uid: 0 }))).toContain(
      'path: 4,097',
    );
  });

  it('is refused when it can mean nothing', async () => {
    const { client } = fixture;
    expect(await adding({ name: 'No Spaces' })).toContain('name: "No Spaces" will not do; use 1 to 32');
    expect(await adding({ source: 'relative' })).toContain('source: "relative" is not absolute');
    expect(await adding({ source: '' })).toContain('source: a path is needed');
    expect(await adding({ mountPoint: '/a\0b' })).toContain('mount_point: a NUL character');
    expect(await adding({ workers: 17 })).toContain('workers: 17 are too many; 1 to 16');
    const storage = { ...DEFAULT_STORAGE_OPTIONS, cachedDescriptors: 15 };
    expect(await adding({ storage })).toContain('storage.cached_descriptors: 15; 16 to 8,192 are allowed');
    expect(await adding({ workers: 1.5 })).toContain('workers: 1.5 is out of range');
    expect(await adding({ timeoutSeconds: -1 })).toContain('timeout_seconds: -1 seconds; 0 to 31,536,000');
    expect(await adding({ timeoutSeconds: Number.NaN })).toContain('timeout_seconds: NaN');
    expect(await refusal(client.removeVolume('', false))).toContain('name: the name of a volume is needed');
    const size = 2 ** 53;
    expect(
      await refusal(client.explain({ volume: '', path: 'a', access: ['read'], uid: 0, size })),
    ).toContain('size: 9007199254740992 is out of range');
  });

  it('is refused when only another client could have sent it', async () => {
    const explain = METHODS.explain.path;
    const path = METHODS.explain.encodeRequest({ path: 'a' });
    const access = METHODS.explain.encodeRequest({ path: 'a', access: 9 as never });
    expect((await send(explain, access))?.details).toBe('accesses: 9 is not known here');
    const type = METHODS.explain.encodeRequest({ path: 'a', type: 9 as never });
    expect((await send(explain, type))?.details).toBe('type: 9 is not known here');
    const size = Buffer.from([0x18, 1, 0x20, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 1]);
    expect((await send(explain, Buffer.concat([path, size])))?.details).toContain(
      'size: 18446744073709551615 is out of range',
    );
  });

  it('takes its default when it is absent', async () => {
    const request = METHODS.addVolume.encodeRequest({ name: 'plain', source: '/s', mountPoint: '/m' });
    expect(await send(METHODS.addVolume.path, request)).toBeNull();
    expect(fixture.backend.calls.at(-1)?.arguments).toEqual([
      {
        name: 'plain',
        source: '/s',
        mountPoint: '/m',
        policy: '',
        timeoutSeconds: 1,
        workers: 0,
        storage: DEFAULT_STORAGE_OPTIONS,
      },
    ]);
  });
});

describe('a message', () => {
  it('is refused beyond 4 MiB', async () => {
    const error = await send(METHODS.validatePolicy.path, Buffer.alloc(4 * 1024 * 1024 + 1));
    expect(error?.code).toBe(status.RESOURCE_EXHAUSTED);
  });

  it('is refused when it is not a message at all, and the server lives on', async () => {
    for (const bytes of [[0xff], [0x0a, 0x7f], [0x0a, 1, 0xff], [0x0f], Array<number>(300).fill(0x0b)]) {
      expect(await send(METHODS.getPolicy.path, Buffer.from(bytes))).toMatchObject({ code: status.INTERNAL });
    }
    expect((await fixture.client.status()).pid).toBe(4242);
  });

  it('is refused for a method that is not there', async () => {
    const error = await send('/sluice.v1.DaemonService/Reboot', Buffer.alloc(0));
    expect(error?.code).toBe(status.UNIMPLEMENTED);
  });
});
