import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  ControlError,
  DEFAULT_STORAGE_OPTIONS,
  startControlServer,
  type ControlServer,
} from '@sluice/control';
import { BROKEN_POLICY, FakeBackend, SUSPICIOUS_POLICY } from '@sluice/control/testing';
import { main } from './main.ts';

let directory: string;
let socketPath: string;
let server: ControlServer;
let backend: FakeBackend;

// One socket for all tests: the backend behind it is swapped, so that each test begins without volumes.
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-cli-'));
  socketPath = join(directory, 'control.sock');
  const current = new Proxy({} as FakeBackend, {
    get: (_, name) => {
      const member: unknown = Reflect.get(backend, name);
      return typeof member === 'function' ? member.bind(backend) : member;
    },
  });
  server = await startControlServer({
    socketPath,
    backend: current,
    allowedUids: [process.getuid?.() ?? -1],
    log: () => undefined,
  });
  writeFileSync(join(directory, 'broken.yaml'), BROKEN_POLICY);
  writeFileSync(join(directory, 'suspicious.yaml'), SUSPICIOUS_POLICY);
  writeFileSync(join(directory, 'fine.yaml'), 'rules: []\n');
  writeFileSync(join(directory, 'latin1.yaml'), Buffer.from([0x23, 0xe9]));
  mkdirSync(join(directory, 'all'));
});

afterAll(async () => {
  await server.close();
  rmSync(directory, { recursive: true, force: true });
});

beforeEach(() => {
  backend = new FakeBackend();
});

interface Ran {
  code: number;
  out: string;
  err: string;
}

async function run(words: string[], colour = false, env: Record<string, string> = {}): Promise<Ran> {
  const ran = { out: '', err: '' };
  const code = await main(words, {
    out: (text) => void (ran.out += text),
    err: (text) => void (ran.err += text),
    colour,
    cwd: directory,
    env: { SLUICE_SOCKET: socketPath, ...env },
    uid: 1000,
  });
  return { code, ...ran };
}

async function runJson(...words: string[]): Promise<unknown> {
  const { code, out, err } = await run([...words, '--json']);
  expect({ code, err }).toEqual({ code: 0, err: '' });
  return JSON.parse(out);
}

const ADD = ['volume', 'add', 'photos', '--source', '/data/media/0', '--mount', '/mnt/photos'];

describe('sluice status', () => {
  it('shows the daemon, the volumes, and the evidence for passthrough', async () => {
    await run(ADD);
    const { code, out, err } = await run(['status']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain('sluiced 0.1.0  pid 4242, up ');
    expect(out).toMatch(/^VOLUME {3}STATE {5}PASSTHROUGH {12}POLICY {9}NODES {3}MOUNT POINT {3}SOURCE$/m);
    expect(out).toMatch(
      /^photos {3}serving {3}mainline, not proven {3}big-files v1 +12 {3}\/mnt\/photos {3}\/data\/media\/0$/m,
    );
    expect(out).toContain('(requested yes, negotiated yes, proven no)');
    expect(out).toContain('  - trial: 3 READ requests reached the daemon');
  });

  it('gives with --json what the daemon gives', async () => {
    await run(ADD);
    expect(await runJson('status')).toEqual(JSON.parse(JSON.stringify(await backend.status())));
  });

  it('says how to begin when there are no volumes', async () => {
    expect((await run(['status'])).out).toContain('No volumes. Add one: sluice volume add NAME');
  });

  it('never lets text from the daemon steer the terminal', async () => {
    await backend.addVolume({
      name: 'x',
      source: '/s\u001b[2J',
      mountPoint: '/m',
      policy: '',
      timeoutSeconds: 1,
      workers: 1,
      storage: DEFAULT_STORAGE_OPTIONS,
    });
    const { out } = await run(['status']);
    expect(out).toContain('/s\\x1b[2J');
    expect(out).not.toContain('\u001b');
  });
});

describe('colour', () => {
  it('is there on a terminal and nowhere else', async () => {
    await run(ADD);
    expect((await run(['volume', 'list'], true)).out).toContain('\u001b[32mserving');
    expect((await run(['volume', 'list'])).out).not.toContain('\u001b');
    expect((await run(['volume', 'list', '--json'], true)).out).not.toContain('\u001b');
  });
});

describe('sluice status', () => {
  it('shows what is in force of the options of a volume', async () => {
    const storage = {
      ...DEFAULT_STORAGE_OPTIONS,
      locks: 'local',
      idmap: true,
      cachedDescriptors: 64,
    } as const;
    await backend.addVolume({
      name: 'x',
      source: '/s',
      mountPoint: '/m',
      policy: '',
      timeoutSeconds: 1,
      workers: 1,
      storage,
    });
    const words =
      'ownership preserve, locks local, acl, idmap, 64 descriptors, files reopened by file-handle';
    expect((await run(['status'])).out).toContain(words);
  });
});

describe('sluice volume', () => {
  it('adds with paths made absolute, defaults for the rest, and says what came of it', async () => {
    const { code, out } = await run(['volume', 'add', '--source', 'lower', '--mount', './upper']);
    expect(code).toBe(0);
    expect(out).toContain(`upper: ${directory}/lower is serving at ${directory}/upper (policy big-files;`);
    expect(backend.calls.at(-1)?.arguments).toEqual([
      {
        name: '',
        source: `${directory}/lower`,
        mountPoint: `${directory}/upper`,
        policy: '',
        timeoutSeconds: 1,
        workers: 0,
        storage: DEFAULT_STORAGE_OPTIONS,
      },
    ]);
  });

  it('adds with every option', async () => {
    const options = ['--policy', 'fine.yaml', '--timeout', '0.25', '--workers', '16'];
    expect(await runJson(...ADD, ...options)).toMatchObject({
      name: 'photos',
      state: 'serving',
      workers: 16,
    });
    expect(backend.calls.at(-1)?.arguments).toMatchObject([
      { policy: 'rules: []\n', timeoutSeconds: 0.25, workers: 16 },
    ]);
    await run(['volume', 'add', 'b', '--source', '/s', '--mount', '/m', '--policy', 'none']);
    expect(backend.calls.at(-1)?.arguments).toMatchObject([{ policy: 'none' }]);
  });

  it('lists', async () => {
    expect((await run(['volume', 'list'])).out).toBe('No volumes.\n');
    expect(await runJson('volume', 'list')).toEqual([]);
    await run(ADD);
    expect((await run(['volume', 'list'])).out).toContain('photos   serving   mainline, not proven');
    expect(await runJson('volume', 'list')).toEqual(await backend.listVolumes());
  });

  it('removes, by force only when told', async () => {
    await run(ADD);
    expect(await run(['volume', 'remove', 'photos'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: files on /mnt/photos are open\n',
    });
    expect((await run(['volume', 'remove', 'photos', '--force'])).out).toBe('photos: removed\n');
    await run(ADD);
    expect(await runJson('volume', 'remove', 'photos', '--force')).toEqual({ removed: 'photos' });
    expect(backend.volumes.size).toBe(0);
  });
});

describe('sluice policy', () => {
  it('gets the text alone on its output, and what it is beside it', async () => {
    await run([...ADD, '--policy', 'suspicious.yaml']);
    const { out, err } = await run(['policy', 'get', '--volume', 'photos']);
    expect(out).toBe(SUSPICIOUS_POLICY);
    expect(err).toContain('version 1, applied 2023-11-14T22:13:21.000Z');
    expect(await runJson('policy', 'get')).toEqual(await backend.getPolicy('photos'));
  });

  it('validates a broken file: the place of the problem, and exit code 1', async () => {
    expect(await run(['policy', 'validate', 'broken.yaml'])).toEqual({
      code: 1,
      out: 'broken.yaml:2:13: error: unknown action pasthrough; did you mean passthrough?\n',
      err: '',
    });
    const { code, out } = await run(['policy', 'validate', 'broken.yaml', '--json']);
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([{ severity: 'error', file: 'broken.yaml', line: 2, column: 13 }]);
  });

  it('validates a good file, which may have warnings', async () => {
    expect(await run(['policy', 'validate', 'fine.yaml'])).toEqual({
      code: 0,
      out: 'fine.yaml: fine\n',
      err: '',
    });
    expect(await run(['policy', 'validate', 'suspicious.yaml'])).toMatchObject({
      code: 0,
      out: 'suspicious.yaml:3:5: warning: this rule can never be reached\nsuspicious.yaml: fine\n',
    });
    expect(await runJson('policy', 'validate', 'fine.yaml')).toEqual([]);
  });

  it('applies a file under its name', async () => {
    await run(ADD);
    const { code, out, err } = await run(['policy', 'apply', 'suspicious.yaml']);
    expect(code).toBe(0);
    expect(out).toBe(
      'photos: policy suspicious.yaml, version 2, is in force\n' +
        '2 files stay open under the decision of an earlier policy until closed\n',
    );
    expect(err).toBe('suspicious.yaml:3:5: warning: this rule can never be reached\n');
    expect(backend.calls.at(-1)?.arguments).toEqual(['', SUSPICIOUS_POLICY, 'suspicious.yaml']);
  });

  it('applies a preset as its bare name, even beside a directory of that name', async () => {
    await run(ADD);
    expect(await runJson('policy', 'apply', 'all', '--volume', 'photos')).toMatchObject({ version: 2 });
    expect(backend.calls.at(-1)?.arguments).toEqual(['photos', 'all', 'preset:all']);
  });

  it('says where a refused policy is broken', async () => {
    await run(ADD);
    expect(await run(['policy', 'apply', 'broken.yaml'])).toEqual({
      code: 1,
      out: '',
      err:
        'sluice: the policy broken.yaml is broken\n' +
        'broken.yaml:2:13: error: unknown action pasthrough; did you mean passthrough?\n',
    });
    const { code, out, err } = await run(['policy', 'apply', 'broken.yaml', '--json']);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(JSON.parse(err)).toMatchObject({
      error: { code: 'invalid_argument', diagnostics: [{ line: 2, column: 13 }] },
    });
  });

  it('fails on what it cannot read, without asking the daemon', async () => {
    expect(await run(['policy', 'apply', 'nothing'])).toMatchObject({
      code: 1,
      err: 'sluice: nothing is neither a file nor a preset (all, none, big-files)\n',
    });
    expect((await run(['policy', 'validate', 'nothing'])).err).toContain('there is no such file');
    expect((await run(['policy', 'validate', 'latin1.yaml'])).err).toContain('latin1.yaml is not UTF-8 text');
    expect(backend.calls).toEqual([]);
  });
});

describe('sluice explain', () => {
  it('shows the decision, the rule, and what an open would get now', async () => {
    await run(ADD);
    expect((await run(['explain', 'DCIM/a.mp4'])).out).toBe(
      [
        'DCIM/a.mp4 in photos',
        'policy   passthrough   rule videos (rule), 3.73 GiB, policy version 1',
        'now      cached        inode-cached',
        '',
      ].join('\n'),
    );
    expect(backend.calls.at(-1)?.arguments).toEqual([
      { volume: '', path: 'DCIM/a.mp4', access: 'read', uid: 1000 },
    ]);
  });

  it('asks for the access, size and user it was told', async () => {
    await run(ADD);
    const options = ['--access', 'write', '--size', '64KiB', '--uid', '10057', '--volume', 'photos'];
    expect(await runJson('explain', 'a.txt', ...options)).toEqual({
      volume: 'photos',
      path: 'a.txt',
      action: 'cached',
      reason: 'default',
      rule: 'default',
      size: 65_536,
      outcome: 'cached',
      outcomeReason: 'inode-cached',
      policyVersion: 1,
    });
    expect(backend.calls.at(-1)?.arguments).toEqual([
      { volume: 'photos', path: 'a.txt', access: 'write', size: 65_536, uid: 10_057 },
    ]);
  });
});

describe('sluice stats', () => {
  it('shows counters, the most frequent request first', async () => {
    await run(ADD);
    const { out } = await run(['stats', '--volume', 'photos']);
    expect(out).toMatch(/^opens +12 passthrough, 5 cached$/m);
    expect(out).toMatch(/^registrations +6 opened, 4 closed, 2 live, 1 failed$/m);
    expect(out).toMatch(/^through the daemon +8192 TiB read, 4.00 KiB written$/m);
    expect(out).toMatch(/^REQUEST {3}COUNT\nLOOKUP {6}120\nOPEN {9}17$/m);
  });

  it('gives with --json objects keyed by name', async () => {
    await run(ADD);
    expect(await runJson('stats')).toEqual({
      volumes: [
        {
          volume: 'photos',
          requests: { LOOKUP: 120, OPEN: 17 },
          opens: { passthrough: 12, cached: 5, reasons: { rule: 12, default: 5 } },
          bytesRead: 9_007_199_254_740_991,
          bytesWritten: 4096,
          registrations: { opened: 6, closed: 4, live: 2, failed: 1 },
          nodes: 12,
          openFiles: 3,
        },
      ],
    });
  });
});

describe('the exit code', () => {
  it('is 1 when the daemon could not do it', async () => {
    expect(await run(['policy', 'get', '--volume', 'none'])).toEqual({
      code: 1,
      out: '',
      err: 'sluice: there is no volume none\n',
    });
    backend.nextFailure = new ControlError('unavailable', 'the volume is stopping');
    expect((await run(['status'])).code).toBe(1);
  });

  it('is 2 when the command line makes no sense, and the daemon is not asked', async () => {
    const wrong = [
      [],
      ['volume'],
      ['reboot'],
      ['status', 'now'],
      ['status', '--jsn'],
      ['explain'],
      ['explain', 'a', '--size', '1q'],
      ['explain', 'a', '--uid', '-1'],
      ['explain', 'a', '--access', 'run'],
      ['volume', 'add', 'photos', '--source', '/s'],
      [...ADD, '--workers', '17'],
      [...ADD, '--timeout', 'soon'],
    ];
    for (const words of wrong) {
      const { code, out, err } = await run(words);
      expect({ words, code, out }).toEqual({ words, code: 2, out: '' });
      expect(err).toMatch(/^(error: |Usage: )/);
    }
    expect(backend.calls).toEqual([]);
  });

  it('is 3 when no daemon answers, and says which socket was tried, who named it, and what to do', async () => {
    const missing = join(directory, 'missing.sock');
    const byOption = await run(['status', '--socket', 'missing.sock']);
    expect(byOption).toEqual({
      code: 3,
      out: '',
      err:
        `sluice: there is no socket ${missing}\n` +
        `  tried: ${missing} (named by --socket)\n` +
        '  start the daemon with npm start, or name its socket with --socket or SLUICE_SOCKET\n',
    });
    const byVariable = await run(['status'], false, { SLUICE_SOCKET: missing });
    expect(byVariable).toMatchObject({ code: 3, err: expect.stringContaining('(named by SLUICE_SOCKET)') });
    const json = await run(['--json', '--socket', missing, 'stats']);
    expect(json.code).toBe(3);
    expect(JSON.parse(json.err)).toMatchObject({ error: { code: 'unavailable' } });
  });
});

describe('help', () => {
  const commands = ['status', 'volume list', 'volume add', 'volume remove', 'policy get', 'policy validate'];
  commands.push('policy apply', 'explain', 'stats', '');

  it.each(commands)('for `sluice %s` has examples and the options all commands share', async (command) => {
    const { code, out, err } = await run([...command.split(' ').filter(Boolean), '--help']);
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(out).toContain(`Examples:\n  sluice ${command}`);
    expect(out).toContain('--json');
    expect(out).toContain('--socket <path>');
  });
});
