import { ERRNO } from '@sluice/sys';
import { IN_HEADER, INTERRUPT_IN, OPCODE } from '@sluice/wire';
import { NO_REPLY, WORKER } from '@sluice/session';
import type { Request } from '@sluice/session';
import { sameU64 } from '../locks/lock-records.ts';
import type { Volume } from '../volume.ts';

/**
 * INTERRUPT: the caller of a request got a signal. Only a lock that is waited for takes long by design, and is given up;
 * everything else is answered as usual. A SETLKW that another worker has in hand is not a wait yet: EAGAIN makes the kernel
 * send the INTERRUPT again (fs/fuse/dev.c).
 */
export function interrupt(volume: Volume, request: Request): number {
  const uniqueAt = request.argumentAt + INTERRUPT_IN.unique;
  if (isBecomingWait(volume, request, uniqueAt)) return -ERRNO.EAGAIN;
  volume.locks.interrupt(uniqueAt);
  return NO_REPLY;
}

function isBecomingWait(volume: Volume, request: Request, uniqueAt: number): boolean {
  const { memory } = volume;
  for (let worker = 0; worker < memory.geometry.workers; worker++) {
    const { control, request: headerAt } = memory.slot(worker);
    if (control === request.control || memory.load(control + WORKER.busy) === 0) continue;
    if (
      memory.getU32(headerAt + IN_HEADER.opcode) === OPCODE.SETLKW &&
      sameU64(memory, headerAt + IN_HEADER.unique, uniqueAt)
    ) {
      return true;
    }
  }
  return false;
}
