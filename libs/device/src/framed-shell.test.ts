import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { adbProgram } from './adb-program.ts';
import { DeviceFailure } from './failure.ts';
import { makeFakeAdb, type FakeAdb } from './fake-adb.fixture.ts';
import { asAdbd, runFramed } from './framed-shell.ts';

let fake: FakeAdb;
beforeEach(() => {
  fake = makeFakeAdb();
  fake.rules({ match: 'get-state', out: 'device\n' }, { match: ' shell ', runs: true });
});
afterEach(() => {
  fake.remove();
});

async function failure(promise: Promise<unknown>): Promise<DeviceFailure> {
  const error: unknown = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(DeviceFailure);
  return error as DeviceFailure;
}

const run = (script: string, options = {}) => runFramed(fake.adb, 'x', asAdbd, script, options);

describe('a script on the device', () => {
  it('keeps exit code, output and complaints apart', async () => {
    const { code, stdout, stderr } = await run('echo out; echo err >&2; exit 7');
    expect({ code, out: stdout.toString(), stderr }).toEqual({ code: 7, out: 'out\n', stderr: 'err\n' });
  });

  it('gives bytes as they are, with or without a last line feed', async () => {
    const { stdout } = await run(`printf 'a\\000\\377\\n\\nb'`);
    expect([...stdout]).toEqual([97, 0, 255, 10, 10, 98]);
  });

  it('reads what it is given, to the end', async () => {
    const bytes = Buffer.alloc(300_000, 'x');
    const { stdout } = await run('wc -c', { input: Readable.from([bytes]) });
    expect(Number(stdout.toString())).toBe(300_000);
  });

  it('may leave its input unread', async () => {
    expect((await run('exit 3', { input: Readable.from([Buffer.alloc(4_000_000)]) })).code).toBe(3);
  });

  it('is not taken for done when the connection broke off, though adb says 0', async () => {
    fake.rules(
      { match: 'get-state', err: "error: device 'x' not found\n", code: 1 },
      { match: 'shell', runs: true, cutAfterBytes: 10 },
    );
    const { kind, message } = await failure(run('seq 1000', { purpose: 'the counting' }));
    expect({ kind, message }).toEqual({
      kind: 'connection-lost',
      message: 'the connection to x was lost during the counting',
    });
  });

  it('is told as ended early when the device is still there', async () => {
    fake.rules(
      { match: 'get-state', out: 'device\n' },
      { match: 'shell', err: 'su: Permission denied\n', code: 1 },
    );
    expect(await failure(run('true'))).toMatchObject({
      kind: 'command-failed',
      message: 'x ended a command early: su: Permission denied',
    });
  });

  it('cannot be fooled by its own output', async () => {
    const { code, stdout } = await run('echo; echo sluice-000000000000000000000000 0; exit 5');
    expect({ code, out: stdout.toString() }).toEqual({
      code: 5,
      out: '\nsluice-000000000000000000000000 0\n',
    });
  });

  it('is ended after its time', async () => {
    fake.rules({ match: 'shell', hangs: true });
    expect((await failure(run('true', { timeoutMs: 300 }))).kind).toBe('timed-out');
  });

  it('is ended with the command', async () => {
    fake.rules({ match: 'shell', hangs: true });
    const leave = new AbortController();
    setTimeout(() => leave.abort(), 100);
    expect((await failure(run('true', { signal: leave.signal }))).kind).toBe('interrupted');
  });

  it('is refused when it is too long for a program to get as an argument', async () => {
    await expect(run(`: ${'x'.repeat(70_000)}`)).rejects.toThrow(RangeError);
    expect(fake.calls()).toEqual([]);
  });
});

describe('what adb says of a device', () => {
  it.each([
    ['error: device unauthorized.\nThis adb server’s $ADB_VENDOR_KEYS is not set', 'unauthorised'],
    ['error: device offline', 'offline'],
    ['adb: device offline', 'offline'],
    ["error: device 'x' not found", 'no-such-device'],
    ['adb: no devices/emulators found', 'no-device'],
    ['error: more than one device/emulator', 'several-devices'],
  ])('%s', async (err, kind) => {
    fake.rules({ match: 'shell', err: `${err}\n`, code: 1 });
    expect((await failure(run('true'))).kind).toBe(kind);
  });

  it('is nothing when there is no adb', async () => {
    const { kind, advice } = await failure(runFramed(adbProgram('/nowhere/adb'), 'x', asAdbd, 'true'));
    expect(kind).toBe('no-adb');
    expect(advice).toContain('apt-get install adb');
  });
});
