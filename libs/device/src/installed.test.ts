import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFakeAdb, type FakeAdb } from './fake-adb.fixture.ts';
import { readInstalled } from './installed.ts';
import { openRootShell, type RootShell } from './root-shell.ts';

let fake: FakeAdb;
let base: string;
let daemon: ChildProcess | undefined;
beforeEach(() => {
  fake = makeFakeAdb();
  base = join(fake.directory, 'base');
  fake.rules({ match: 'shell', runs: true, base });
  mkdirSync(join(base, 'versions/1.2.3-0123456789ab'), { recursive: true });
  mkdirSync(join(base, 'versions/1.2.4-0123456789ab.part'));
  mkdirSync(join(base, 'state'));
  symlinkSync('versions/1.2.3-0123456789ab', join(base, 'current'));
});
afterEach(() => {
  daemon?.kill('SIGKILL');
  daemon = undefined;
  fake.remove();
});

function startDaemon(name: string): void {
  daemon = spawn('sleep', ['60'], { argv0: name, stdio: 'ignore' });
  writeFileSync(join(base, 'state/lock'), `${daemon.pid}\n`);
}

const rootShell = (): Promise<RootShell> => openRootShell(fake.adb, 'x');

describe.runIf(process.getuid?.() === 0)('what is installed (these tests run as root)', () => {
  it('is what the directories say', async () => {
    expect(await readInstalled(await rootShell())).toEqual({
      ...{ current: '1.2.3-0123456789ab', previous: undefined, versions: ['1.2.3-0123456789ab'] },
      ...{ runtimes: [], unfinished: ['versions/1.2.4-0123456789ab.part'], pid: undefined },
      ...{ listening: false, hasConfig: false, module: false, disabled: undefined },
    });
  });

  it('has a daemon that is starting until its control socket listens', async () => {
    const root = await rootShell();
    startDaemon('sluiced.cjs');
    expect(await readInstalled(root)).toMatchObject({ pid: daemon?.pid, listening: false });
    const server = createServer().listen(join(base, 'state/control.sock'));
    await once(server, 'listening');
    try {
      expect(await readInstalled(root)).toMatchObject({ pid: daemon?.pid, listening: true });
    } finally {
      server.close();
    }
  });

  it('has no daemon where another program has its process ID', async () => {
    startDaemon('another');
    expect(await readInstalled(await rootShell())).toMatchObject({ pid: undefined, listening: false });
  });
});
