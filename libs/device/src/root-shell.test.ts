import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFakeAdb, type FakeAdb } from './fake-adb.fixture.ts';
import { openRootShell } from './root-shell.ts';

let fake: FakeAdb;
const notRoot = { match: 'shell -T sh -c', out: '\n', code: 1, err: '' };
beforeEach(() => {
  fake = makeFakeAdb();
});
afterEach(() => {
  fake.remove();
});

describe.runIf(process.getuid?.() === 0)('a root shell (these tests run as root)', () => {
  it("is adbd's own where adbd is root", async () => {
    fake.rules({ match: 'shell', runs: true });
    const root = await openRootShell(fake.adb, 'x');
    expect(root.way).toBe('adbd');
    expect(await root.text('id -u')).toBe('0\n');
  });

  it('comes from su -c of a root manager', async () => {
    fake.su('[ "$1" = -c ] || exit 2; exec sh -c "$2"');
    fake.rules({ match: 'get-state', out: 'device\n' }, notRoot, { match: 'shell', runs: true });
    const root = await openRootShell(fake.adb, 'x');
    expect(root.way).toBe('su -c');
    expect(await root.text(`echo "it's" 'a "test"'`)).toBe(`it's a "test"\n`);
  });

  it('comes from su 0 of a userdebug build', async () => {
    fake.su('[ "$1" = 0 ] || { echo "su: unknown user" >&2; exit 1; }; shift; exec "$@"');
    fake.rules({ match: 'get-state', out: 'device\n' }, notRoot, { match: 'shell', runs: true });
    const root = await openRootShell(fake.adb, 'x');
    expect(root.way).toBe('su 0');
    expect(await root.text(`echo "it's" 'a "test"'`)).toBe(`it's a "test"\n`);
  });

  it('keeps the exit code of a script where su loses it', async () => {
    fake.su('sh -c "$2"; exit 0');
    fake.rules({ match: 'get-state', out: 'device\n' }, notRoot, { match: 'shell', runs: true });
    expect((await (await openRootShell(fake.adb, 'x')).run('exit 9')).code).toBe(9);
  });

  it('is told to be missing when su refuses, or is not there', async () => {
    fake.su('echo "Permission denied" >&2; exit 13');
    fake.rules({ match: 'get-state', out: 'device\n' }, notRoot, { match: 'shell', runs: true });
    await expect(openRootShell(fake.adb, 'x')).rejects.toMatchObject({ kind: 'no-root', state: 'as-before' });
  });

  it('says of a device that has gone that it has gone', async () => {
    fake.rules({ match: 'shell', err: "error: device 'x' not found\n", code: 1 });
    await expect(openRootShell(fake.adb, 'x')).rejects.toMatchObject({ kind: 'no-such-device' });
  });

  it('gives the words of a script that fails', async () => {
    fake.rules({ match: 'shell', runs: true });
    const root = await openRootShell(fake.adb, 'x');
    await expect(
      root.text('echo no such thing >&2; exit 1', { purpose: 'the search' }),
    ).rejects.toMatchObject({
      kind: 'command-failed',
      message: 'the search failed on x: no such thing',
    });
  });
});
