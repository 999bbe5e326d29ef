import { existsSync, lstatSync, unlinkSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { dirname } from 'node:path';
import { LIMITS } from './limits.ts';

/**
 * The life of the socket's file: free a path that a dead daemon left behind, leave alone everything else, and be
 * private from the very moment the file appears.
 */

/** @throws Error if the path cannot be a unix socket's: too long (bind(2) would cut it short), empty, or with a NUL. */
export function checkSocketPath(path: string): void {
  const bytes = Buffer.byteLength(path);
  if (bytes === 0 || path.includes('\0')) throw new Error('the socket needs a path without NUL characters');
  if (bytes > LIMITS.socketPathBytes) {
    throw new Error(`the socket path ${path} has ${bytes} bytes; at most ${LIMITS.socketPathBytes} fit`);
  }
}

/** @throws Error if something lives at the path (a daemon that answers, a file that is no socket) or nothing can. */
export async function clearStaleSocket(path: string): Promise<void> {
  // libuv reports a bind(2) there as a lack of permission.
  if (!existsSync(dirname(path))) {
    throw new Error(`the directory ${dirname(path)} is not there for the socket ${path}`);
  }
  const found = lstatSync(path, { throwIfNoEntry: false });
  if (found === undefined) return;
  if (!found.isSocket()) throw new Error(`${path} is there and is not a socket; move it away`);
  if (await answers(path)) {
    throw new Error(`another daemon already listens on ${path}; stop it, or use another socket`);
  }
  unlinkSync(path);
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const probe = connect({ path });
    probe.once('connect', () => {
      probe.destroy();
      resolve(true);
    });
    probe.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'ECONNREFUSED' || error.code === 'ENOENT') resolve(false);
      // A full backlog is a daemon that is alive and busy.
      else if (error.code === 'EAGAIN') resolve(true);
      else reject(new Error(`cannot tell whether a daemon listens on ${path}: ${error.message}`));
    });
  });
}

/** Listens with mode 0600. The process has one umask, so bind(2) must happen before this function gives way. */
export function listenPrivately(listener: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    listener.once('error', reject);
    const umask = process.umask(0o177);
    try {
      listener.listen({ path }, () => {
        listener.off('error', reject);
        resolve();
      });
    } finally {
      process.umask(umask);
    }
  });
}
