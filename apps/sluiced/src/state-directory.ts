/** The state directory: control socket, logs, stored policies. One daemon at a time holds its lock. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { LIMITS } from '@sluice/control';
import { ERRNO, LOCK, O, errnoName, sys } from '@sluice/sys';
import { StartFailure } from './failure.ts';

export interface StateDirectory {
  path: string;
  socket: string;
  logs: string;
  policies: string;
  /** What was measured of this kernel. */
  costs: string;
  /** For scratch mounts; empty between starts. */
  scratch: string;
  /** Lets another daemon have the directory. */
  unlock(): void;
}

/** Makes what is missing and takes the lock. Throws a {@link StartFailure} if another daemon has it. */
export function openStateDirectory(path: string): StateDirectory {
  const state = {
    path,
    socket: join(path, 'control.sock'),
    logs: join(path, 'logs'),
    policies: join(path, 'policies'),
    costs: join(path, 'costs.json'),
    scratch: join(path, 'scratch'),
  };
  const socketBytes = Buffer.byteLength(state.socket);
  if (socketBytes > LIMITS.socketPathBytes) {
    throw new StartFailure(
      2,
      `The control socket ${state.socket} would have a path of ${socketBytes} bytes and at most ${LIMITS.socketPathBytes} are possible; choose a shorter one with --state.`,
    );
  }
  try {
    for (const directory of [path, state.logs, state.policies, state.scratch]) {
      mkdirSync(directory, { recursive: true, mode: 0o700 });
    }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw new StartFailure(
      1,
      `The state directory ${path} cannot be made (${reason}); choose another with --state.`,
    );
  }
  const file = join(path, 'lock');
  const fd = sys.openPath(file, O.RDWR | O.CREAT | O.CLOEXEC | O.NOFOLLOW, 0o600);
  if (fd < 0) throw new StartFailure(1, `The lock ${file} cannot be opened (${errnoName(fd)}).`);
  const locked = sys.flock(fd, LOCK.EX | LOCK.NB);
  if (locked < 0) {
    sys.close(fd);
    if (locked !== -ERRNO.EAGAIN)
      throw new StartFailure(1, `${file} cannot be locked (${errnoName(locked)}).`);
    const holder = readFileSync(file, 'utf8').trim();
    throw new StartFailure(
      1,
      `Another sluiced (pid ${holder || 'unknown'}) runs on the state directory ${path}; stop it, or choose another directory with --state.`,
    );
  }
  writeFileSync(file, `${process.pid}\n`);
  return {
    ...state,
    unlock: () => {
      sys.close(fd);
    },
  };
}
