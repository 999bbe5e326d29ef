import { ERRNO } from '@sluice/sys';
import { FLUSH_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { NODE_FLAG } from '../layout.ts';
import type { Volume } from '../volume.ts';

/**
 * FLUSH: a process has closed a descriptor, which ends its POSIX locks on the file, whichever descriptor they came by.
 *
 * There is nothing else to do at a close: a lower file on a local file system reports its write errors at write and fsync.
 * Where locks are the mount's own it is refused with ENOSYS, after which the kernel stops sending it.
 */
export function flush(volume: Volume, request: Request): number {
  if (volume.features.locks !== 'lower') return -ERRNO.ENOSYS;
  const at = volume.node(request);
  if (at !== 0 && volume.nodes.flag(at, NODE_FLAG.locked))
    volume.locks.endOwner(volume.nodes.slotOf(at), request.argumentAt + FLUSH_IN.lock_owner);
  return 0;
}
