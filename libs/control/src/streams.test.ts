import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ControlError, type PolicyEvent, type TracePart } from './backend.ts';
import { controlFixture, PHOTOS, type ControlFixture } from './testing/control-fixture.ts';

let fixture: ControlFixture;

beforeEach(async () => {
  fixture = await controlFixture();
  await fixture.client.addVolume(PHOTOS);
});

afterEach(async () => {
  await fixture.close();
});

const TRACE = {
  volume: 'photos',
  maxEvents: 5,
  maxBytes: 6,
  seconds: 7,
  hashNames: true,
  keepExtensions: true,
  clearNames: ['DCIM'],
};

const CALLER = { path: 'DCIM/a.jpg', uid: 10_057, gid: 1015 };
const PARTS: TracePart[] = [
  {
    kind: 'header',
    header: {
      format: 1,
      volume: 'photos',
      policyVersion: 3,
      policyName: 'all',
      policyDigest: 'ab',
      foldNames: true,
      hashed: true,
      keepExtensions: true,
      startedAtMs: 1_700_000_000_000,
    },
  },
  {
    kind: 'events',
    events: [
      { kind: 'lookup', atMs: 1.25, ...CALLER, errno: 2 },
      {
        kind: 'open',
        atMs: 2.5,
        ...CALLER,
        handle: '7.1',
        asked: 3,
        size: 2 ** 40,
        action: 'passthrough',
        rule: 'r',
        mode: 'cached',
        reason: 'inode-cached',
      },
      { kind: 'close', atMs: 3, handle: '7.1', bytesRead: 2 ** 33, bytesWritten: 1 },
    ],
  },
  { kind: 'summary', summary: { events: 3, dropped: 4, endedBy: 'events' } },
];

describe('a stream of answers', () => {
  it('brings every part of a trace across as the backend gave it', async () => {
    const { backend, client } = fixture;
    backend.traceParts = PARTS;
    const got: TracePart[] = [];
    for await (const part of client.recordTrace(TRACE, new AbortController().signal)) got.push(part);
    expect(got).toEqual(PARTS);
    expect(backend.calls.at(-1)).toEqual({ method: 'recordTrace', arguments: [TRACE] });
  });

  it('gives what happened to a policy since a version, and goes on until the client leaves', async () => {
    const { backend, client } = fixture;
    await client.applyPolicy('photos', 'rules: []\n', 'a.yaml', { why: 'first' });
    await client.rollbackPolicy('photos', 1);
    const leave = new AbortController();
    const got: PolicyEvent[] = [];
    for await (const event of client.watchPolicy('photos', 1, leave.signal)) {
      got.push(event);
      if (got.length === 2) leave.abort();
    }
    expect(got).toMatchObject([
      { kind: 'applied', version: 2, name: 'a.yaml', why: 'first', rollbackOf: 0 },
      { kind: 'rolled-back', version: 3, name: 'big-files', rollbackOf: 1 },
    ]);
    expect(backend.calls.at(-1)?.arguments).toEqual(['photos', 1]);
  });

  it('fails with the code and message of the backend, also when some answers have come', async () => {
    const { backend, client } = fixture;
    const signal = new AbortController().signal;
    backend.nextFailure = new ControlError('failed_precondition', 'another trace is being recorded');
    await expect(client.recordTrace(TRACE, signal)[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      code: 'failed_precondition',
      message: 'another trace is being recorded',
    });
    backend.recordTrace = async function* () {
      yield PARTS[0] as TracePart;
      throw new ControlError('aborted', 'too far behind');
    };
    const parts = client.recordTrace(TRACE, signal)[Symbol.asyncIterator]();
    expect((await parts.next()).value).toEqual(PARTS[0]);
    await expect(parts.next()).rejects.toMatchObject({ code: 'aborted', message: 'too far behind' });
  });

  it('tells the backend when the client goes away', async () => {
    const { backend, client } = fixture;
    let told: () => void = () => undefined;
    const gone = new Promise<void>((resolve) => (told = resolve));
    backend.watchPolicy = async function* (_volume, _after, signal) {
      signal.addEventListener('abort', () => told());
      await gone;
    };
    const leave = new AbortController();
    const waiting = client.watchPolicy('photos', undefined, leave.signal)[Symbol.asyncIterator]().next();
    setTimeout(() => leave.abort(), 100);
    expect(await waiting).toEqual({ done: true, value: undefined });
    await gone;
  });
});

describe('who changes a policy', () => {
  it('is told to the backend as the kernel knows the other end of the connection', async () => {
    const { backend, client } = fixture;
    await client.applyPolicy('photos', 'rules: []\n', 'a.yaml');
    expect(backend.lastCaller).toEqual({
      uid: process.getuid?.(),
      pid: process.pid,
      program: readFileSync(`/proc/${process.pid}/comm`, 'utf8').trimEnd(),
    });
  });
});
