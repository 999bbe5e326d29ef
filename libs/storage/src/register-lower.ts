/**
 * Registering lower files with the kernel, by the owner that the dialect gives a registration, and what becomes of one that
 * ends. Called and left with the table lock held, but without it during system calls.
 */
import { O, sys } from '@sluice/sys';
import { IN_HEADER } from '@sluice/wire';
import { registerLower } from '@sluice/session';
import type { Request } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { BACKING_PENDING, NODE } from './layout.ts';
import { directFlags } from './open-flags.ts';
import { MODE } from './open-mode.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/**
 * The id that the node's opens share, registered now if it has none: greater than 0, or -errno. Other workers that open
 * the node meanwhile wait, since two ids for one inode would conflict. `fd`: the lower file opened already, or -1.
 */
export function registerNode(volume: Volume, request: Request, at: number, fd: number): number {
  const { memory } = request;
  const known = memory.getI32(at + NODE.backingId);
  if (known > 0) return known;
  memory.setI32(at + NODE.backingId, BACKING_PENDING);
  volume.lock.release();
  const lowerFd = fd < 0 ? volume.lower.open(at, O.PATH | O.NOFOLLOW) : fd;
  const id = lowerFd < 0 ? lowerFd : callKernel(volume, request, lowerFd);
  if (fd < 0 && lowerFd >= 0) sys.close(lowerFd);
  volume.counters.add(id > 0 ? COUNTER.registrationsOpened : COUNTER.registrationsFailed, 1);
  volume.lock.acquire();
  memory.setI32(at + NODE.backingId, id > 0 ? id : 0);
  sys.futexWake(request.address(at + NODE.backingId), 16);
  return id;
}

/**
 * A registration for this open alone: its id, 0 in dialects without ids, or -errno. The last that is done before the reply:
 * what is registered and then not told to the kernel stays there for the life of the connection. `fd`: the lower file, opened
 * with the app's `flags`.
 */
export function registerOpen(volume: Volume, request: Request, flags: number, fd: number): number {
  volume.lock.release();
  // The daemon's own reads and writes by `fd` are not aligned. A file system without O_DIRECT would have refused the app.
  const direct = (flags & O.DIRECT) !== 0 ? sys.reopen(fd, directFlags(flags)) : -1;
  const id = callKernel(volume, request, direct >= 0 ? direct : fd);
  if (direct >= 0) sys.close(direct);
  volume.counters.add(id >= 0 ? COUNTER.registrationsOpened : COUNTER.registrationsFailed, 1);
  volume.lock.acquire();
  return id;
}

/** Waits until another worker's registration of the node is settled. */
export function waitForRegistration(volume: Volume, request: Request, at: number): void {
  volume.lock.release();
  sys.futexWait(request.address(at + NODE.backingId), BACKING_PENDING >>> 0, 100);
  volume.lock.acquire();
}

/**
 * An open in `mode` has ended. `opened`: the kernel got to know it. A registration of its own ended with it, or was never
 * consumed: then its id, where it has one, is stranded in the kernel until the connection ends.
 */
export function countOpenEnded(volume: Volume, mode: number, opened: boolean): void {
  const { owner } = volume.dialect;
  if (owner === 'inode' || (mode !== MODE.passthrough && mode !== MODE.passthroughDirect)) return;
  const isStranded = !opened && owner === 'open';
  volume.counters.add(isStranded ? COUNTER.registrationsStranded : COUNTER.registrationsClosed, 1);
}

/** The kernel uses the lower file with the rights of the registering thread: without the one to keep set-id bits. */
function callKernel(volume: Volume, request: Request, lowerFd: number): number {
  volume.caller.dropFsetid();
  const result = registerLower(
    volume.settled,
    request.memory,
    volume.device,
    lowerFd,
    volume.scratch(SCRATCH.ioctl),
    request.headerAt + IN_HEADER.unique,
  );
  volume.caller.regainFsetid();
  return result;
}
