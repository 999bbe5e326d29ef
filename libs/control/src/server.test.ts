import { mkdtempSync, rmSync, statSync, writeFileSync, existsSync, readFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectControl } from './client.ts';
import { DaemonUnreachable } from './errors.ts';
import { startControlServer, type ControlServerOptions } from './server.ts';
import { FakeBackend } from './testing/fake-backend.ts';

const OWN_UID = process.getuid?.() ?? -1;

let directory: string;
let socketPath: string;
let log: string[];
let opened: (() => Promise<void> | void)[];

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-server-'));
  socketPath = join(directory, 'control.sock');
  log = [];
  opened = [];
});

afterEach(async () => {
  for (const close of opened.reverse()) await close();
  rmSync(directory, { recursive: true, force: true });
});

async function start(options: Partial<ControlServerOptions> = {}) {
  const server = await startControlServer({
    socketPath,
    backend: new FakeBackend(),
    allowedUids: [OWN_UID],
    log: (level, message) => log.push(`${level}: ${message}`),
    ...options,
  });
  opened.push(() => server.close());
  return server;
}

function client(deadlineMs = 10_000) {
  const connected = connectControl(socketPath, { deadlineMs });
  opened.push(() => connected.close());
  return connected;
}

describe('the control socket', () => {
  it('is readable and writable by its owner alone, whatever the umask, which stays as it was', async () => {
    const before = process.umask(0);
    try {
      await start();
      expect(process.umask()).toBe(0);
    } finally {
      process.umask(before);
    }
    const found = statSync(socketPath);
    expect(found.isSocket()).toBe(true);
    expect(found.mode & 0o777).toBe(0o600);
  });

  it('is gone after close, and can be opened anew', async () => {
    const server = await start();
    await server.close();
    await server.close();
    expect(existsSync(socketPath)).toBe(false);
    await start();
    expect((await client().status()).pid).toBe(4242);
  });

  it('replaces one that a dead daemon left behind', async () => {
    const bind = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', bind]);
    expect(statSync(socketPath).isSocket()).toBe(true);
    await start();
    expect((await client().status()).pid).toBe(4242);
  });

  it('is refused while another daemon listens there, which is not disturbed', async () => {
    await start();
    await expect(start()).rejects.toThrow(`another daemon already listens on ${socketPath}`);
    expect((await client().status()).pid).toBe(4242);
  });

  it('never replaces a file that is not a socket', async () => {
    writeFileSync(socketPath, 'precious');
    await expect(start()).rejects.toThrow(`${socketPath} is there and is not a socket`);
    expect(readFileSync(socketPath, 'utf8')).toBe('precious');
  });

  it('is refused when its path does not fit, rather than cut short', async () => {
    socketPath = join(directory, 'x'.repeat(108));
    await expect(start()).rejects.toThrow(/the socket path .* has \d+ bytes; at most 107 fit/);
    expect(() => connectControl(socketPath)).toThrow('at most 107 fit');
  });

  it('is refused in a directory that is not there', async () => {
    socketPath = join(directory, 'none', 'control.sock');
    await expect(start()).rejects.toThrow(`the directory ${join(directory, 'none')} is not there`);
  });
});

describe('a peer', () => {
  it('of another user than those allowed is closed before it can ask anything, and logged', async () => {
    const backend = new FakeBackend();
    await start({ backend, allowedUids: [OWN_UID + 1] });
    await expect(client(2000).status()).rejects.toBeInstanceOf(DaemonUnreachable);
    expect(backend.calls).toEqual([]);
    expect(log.join('\n')).toContain(
      `warn: control connection refused: uid ${OWN_UID} (pid ${process.pid}) is not among ${OWN_UID + 1}`,
    );
  });

  it('that never says anything does not keep the server from closing', async () => {
    const server = await start();
    const silent = connect({ path: socketPath });
    await new Promise((resolve) => silent.once('connect', resolve));
    silent.resume();
    const ended = new Promise((resolve) => silent.once('close', resolve));
    await server.close();
    await ended;
  });

  it('that has nothing to ask any more is let go at once when the server closes', async () => {
    const server = await start();
    await client().status();
    const before = performance.now();
    await server.close();
    expect(performance.now() - before).toBeLessThan(1000);
  });

  it('that speaks no HTTP/2 does not disturb the others', async () => {
    await start();
    const rude = connect({ path: socketPath });
    rude.on('error', () => undefined);
    const ended = new Promise((resolve) => rude.once('close', resolve));
    rude.resume();
    rude.end('GET / HTTP/1.1\r\n\r\n'.repeat(100));
    await ended;
    expect((await client().status()).pid).toBe(4242);
  });

  it('gets its answer to a call in flight when the server closes', async () => {
    const backend = new FakeBackend();
    let answer: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      backend.listVolumes = () => {
        resolve();
        return new Promise((done) => {
          answer = () => done([]);
        });
      };
    });
    const server = await start({ backend });
    const call = client().listVolumes();
    await asked;
    const closed = server.close();
    setTimeout(answer, 50);
    expect(await call).toEqual([]);
    await closed;
  });
});

describe('a client without a daemon', () => {
  it('says that there is no socket', async () => {
    await expect(client().status()).rejects.toMatchObject({
      name: 'DaemonUnreachable',
      code: 'unavailable',
      socketPath,
      message: `there is no socket ${socketPath}`,
    });
  });

  it('says that nobody listens', async () => {
    const bind = `require('node:net').createServer().listen(${JSON.stringify(socketPath)}, () => process.kill(process.pid, 'SIGKILL'))`;
    spawnSync(process.execPath, ['-e', bind]);
    await expect(client().status()).rejects.toThrow(`no daemon listens on ${socketPath}`);
  });

  it('gives up when what listens is not a daemon', async () => {
    const mute = createServer((socket) => {
      opened.push(() => void socket.destroy());
    });
    await new Promise<void>((resolve) => mute.listen(socketPath, resolve));
    opened.push(() => new Promise((resolve) => mute.close(() => resolve())));
    await expect(client(300).status()).rejects.toBeInstanceOf(DaemonUnreachable);
  });
});
