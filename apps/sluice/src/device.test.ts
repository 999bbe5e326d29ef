import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFakeAdb, type FakeAdb } from '@sluice/device/testing';
import { useProgram } from './program.fixture.ts';

const program = useProgram();
let fake: FakeAdb;
beforeEach(() => {
  fake = makeFakeAdb();
});
afterEach(() => {
  fake.remove();
});

const LIST = 'List of devices attached\nA  device model:Pixel_7\nB  device model:Pixel_9\nC  unauthorized\n';
const ONE = 'List of devices attached\nA  device model:Pixel_7\n';
const run = (...words: string[]) =>
  program.run(words, false, { ADB: join(fake.directory, 'adb'), PATH: process.env['PATH'] ?? '' });

/** A device whose root shell is sh(1) here, as root, where nothing is deployed. */
const answers = { match: ' shell ', runs: true };

describe('sluice device list', () => {
  it('shows what adb sees', async () => {
    fake.rules({ match: 'devices', out: LIST });
    expect((await run('device', 'list')).out).toBe(
      'SERIAL   STATE          MODEL\nA        device         Pixel 7\nB        device         Pixel 9\nC        unauthorized\n',
    );
    expect(JSON.parse((await run('device', 'list', '--json')).out)).toHaveLength(3);
  });

  it('does not send to a terminal what a device calls itself', async () => {
    fake.rules({ match: 'devices', out: 'List of devices attached\nA\u001b[2J  device\n' });
    expect((await run('device', 'list')).out).toContain('A\\x1b[2J');
  });
});

describe('a device that cannot be used', () => {
  it('is an error with code, state and advice', async () => {
    fake.rules({ match: 'devices', out: LIST });
    expect(await run('device', 'status')).toMatchObject({
      code: 1,
      err: expect.stringContaining('choose with -s SERIAL'),
    });
    const { code, err } = await run('device', 'status', '-s', 'C', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(err)).toMatchObject({
      error: {
        code: 'unauthorised',
        message: expect.stringContaining('the device is as before; unlock its screen'),
      },
    });
  });

  it('is one line of several, and the exit code is 1', async () => {
    fake.rules(
      { match: 'devices', out: LIST },
      { match: '-s B', err: 'error: device offline\n', code: 1 },
      answers,
    );
    const { code, out, err } = await run('device', 'doctor', '-s', 'A', '-s', 'B');
    expect({ code, err }).toEqual({ code: 1, err: '' });
    const lines = out.trim().split('\n').sort();
    expect(lines[0]).toMatch(/^A {2}ok {2}x86_64|^A {2}ok {2}aarch64/);
    expect(lines[1]).toMatch(/^B {2}failed {2}B is connected but does not answer; the device is as before; /);
  });

  it('is an entry of several with --json', async () => {
    fake.rules(
      { match: 'devices', out: LIST },
      { match: '-s B', err: 'error: device offline\n', code: 1 },
      answers,
    );
    const { code, out } = await run('device', 'doctor', '--all', '--json');
    expect(code).toBe(1);
    expect(JSON.parse(out)).toMatchObject([
      { serial: 'A', ok: true },
      { serial: 'B', ok: false, error: { code: 'offline', state: 'as-before' } },
    ]);
  });

  it('is told when there is no adb at all', async () => {
    const { code, err } = await run('device', 'list', '--adb', '/nowhere/adb');
    expect(code).toBe(1);
    expect(err).toContain("install Android's platform tools");
  });
});

describe.runIf(process.getuid?.() === 0)('a device without Sluice (these tests run as root)', () => {
  beforeEach(() => {
    fake.rules({ match: 'devices', out: ONE }, answers);
  });

  it.each([['start'], ['stop'], ['rollback'], ['logs'], ['bench'], ['shell']])(
    'is no place to %s',
    async (word) => {
      const { code, err } = await run('device', word);
      expect(code).toBe(1);
      expect(err).toContain(
        'Sluice is not deployed on A; the device is as before; sluice device deploy -s A',
      );
    },
  );

  it('is no context either', async () => {
    expect((await run('--context', 'adb:', 'status')).err).toContain('Sluice is not deployed on A');
  });

  it('is described by doctor', async () => {
    const { code, out, err } = await run('device', 'doctor', '--json');
    expect({ code, err }).toEqual({ code: 0, err: '' });
    expect(JSON.parse(out)).toMatchObject({
      serial: 'A',
      facts: { root: 'adbd' },
      installed: { current: null },
    });
  });
});

describe.runIf(process.getuid?.() === 0)('a daemon that is starting (this test runs as root)', () => {
  it('has no control socket to ask yet, and status says so', async () => {
    const base = join(fake.directory, 'base');
    mkdirSync(join(base, 'state'), { recursive: true });
    symlinkSync('versions/1.2.3-0123456789ab', join(base, 'current'));
    const daemon = spawn('sleep', ['60'], { argv0: 'sluiced.cjs', stdio: 'ignore' });
    try {
      writeFileSync(join(base, 'state/lock'), `${daemon.pid}\n`);
      fake.rules({ match: 'devices', out: ONE }, { ...answers, base });
      expect(await run('device', 'status')).toEqual({
        code: 0,
        err: '',
        out: expect.stringContaining('starting: its volumes are not served yet'),
      });
      const json = await run('device', 'status', '--json');
      expect(JSON.parse(json.out)).toMatchObject({ state: 'starting', daemon: null });
    } finally {
      daemon.kill('SIGKILL');
    }
    const stopped = await run('device', 'status');
    expect(stopped).toMatchObject({ code: 0, out: expect.stringContaining('not running') });
  });
});

describe('what makes no sense', () => {
  it.each([
    [['--context', 'usb:A', 'status'], 'usb:A is no context'],
    [['--context', 'adb:A', '--socket', 'x', 'status'], 'either --socket or --context'],
    [['device', 'boot'], 'give either --on or --off'],
    [['device', 'expose'], 'give a place, --replace-data-media, or --undo'],
    [['device', 'expose', 'X', '--undo'], 'give a place, --replace-data-media, or --undo'],
    [['device', 'deploy', '--policy', 'nonsense'], 'nonsense is neither a file nor a preset'],
  ])('%j is refused before a device is asked', async (words, message) => {
    fake.rules();
    const { code, err } = await run(...words);
    expect({ code, calls: fake.calls() }).toEqual({ code: 1, calls: [] });
    expect(err).toContain(message);
  });

  it.each([
    [['device', 'bench', '--rounds', '0']],
    [['device', 'logs', '-n', 'x']],
    [['device', 'deploy', '--ownership', 'me']],
  ])('%j is wrong usage', async (words) => {
    expect((await run(...words)).code).toBe(2);
  });
});

describe('help', () => {
  const commands = [
    'list',
    'doctor',
    'deploy',
    'rollback',
    'start',
    'stop',
    'status',
    'logs',
    'shell',
    'expose',
  ];
  it.each([...commands, 'boot', 'bench', 'collect', 'remove'])(
    'for `sluice device %s` has examples',
    async (command) => {
      const { code, out } = await run('device', command, '--help');
      expect(code).toBe(0);
      expect(out).toContain(`  sluice device ${command}`);
    },
  );
});
