/**
 * The device's control socket as a socket on this side, in a directory that only this user can enter. Where adbd is root it
 * forwards by itself; where root comes from a `su`, adbd may not enter the daemon's directory, and each connection gets a
 * shell as root that copies its bytes.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { failureOfWords } from './adb-failures.ts';
import { DeviceFailure } from './failure.ts';
import { PLACES } from './layout.ts';
import type { RootShell } from './root-shell.ts';

const FORWARD_WITHIN_MS = 10_000;
/** One is usual: a gRPC client keeps its connection. */
const MOST_CONNECTIONS = 16;

export interface ControlTunnel {
  /** Of a unix socket that speaks gRPC. */
  socket: string;
  /** Ends what was opened. Never throws: a device that has gone has taken its end with it. */
  close(): Promise<void>;
}

/** `bridge`: by a shell in any case. */
export async function openControlTunnel(
  root: RootShell,
  bridge = root.way !== 'adbd',
): Promise<ControlTunnel> {
  const directory = mkdtempSync(join(tmpdir(), 'sluice-adb-'));
  const socket = join(directory, 'control.sock');
  const remove = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const end = bridge ? await listen(root, socket) : await forward(root, socket);
    return {
      socket,
      close: async () => {
        await end();
        remove();
      },
    };
  } catch (error) {
    remove();
    throw error;
  }
}

async function forward({ adb, serial }: RootShell, socket: string): Promise<() => Promise<void>> {
  const here = `localfilesystem:${socket}`;
  const { code, stderr } = await adb.run(
    ['-s', serial, 'forward', here, `localfilesystem:${PLACES.socket}`],
    {
      timeoutMs: FORWARD_WITHIN_MS,
    },
  );
  if (code !== 0)
    throw (
      failureOfWords(stderr, serial) ??
      new DeviceFailure('command-failed', `adb cannot forward to ${serial}: ${stderr.trim()}`)
    );
  return async () => {
    const words = ['-s', serial, 'forward', '--remove', here];
    await adb.run(words, { timeoutMs: FORWARD_WITHIN_MS }).catch(() => undefined);
  };
}

async function listen(root: RootShell, socket: string): Promise<() => Promise<void>> {
  const open = new Set<Socket>();
  const server: Server = createServer((connection) => {
    open.add(connection);
    connection.once('close', () => open.delete(connection));
    const command = root.command(`exec sh ${PLACES.current}/bin/sluice bridge`);
    const { path, env } = root.adb;
    const words = ['-s', root.serial, 'shell', '-T', command];
    const shell = spawn(path, words, { env, stdio: ['pipe', 'pipe', 'ignore'] });
    const end = (): void => {
      connection.destroy();
      shell.kill();
    };
    for (const part of [shell, shell.stdin, shell.stdout, connection]) part.on('error', end);
    connection.once('close', end);
    shell.once('exit', end);
    connection.pipe(shell.stdin);
    shell.stdout.pipe(connection);
  });
  server.maxConnections = MOST_CONNECTIONS;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(socket, resolve);
  });
  return () =>
    new Promise((resolve) => {
      server.close(() => {
        resolve();
      });
      for (const connection of open) connection.destroy();
    });
}
