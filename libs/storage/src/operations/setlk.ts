import { ERRNO } from '@sluice/sys';
import { IN_HEADER, LK_FLAGS, LK_IN, OPCODE } from '@sluice/wire';
import { NO_REPLY } from '@sluice/session';
import type { Request } from '@sluice/session';
import { NODE_FLAG, OPEN_FILE } from '../layout.ts';
import { WAITING } from '../locks/file-locks.ts';
import { openForLocks } from '../locks/open-for-locks.ts';
import type { Volume } from '../volume.ts';

/** SETLK and SETLKW: POSIX, OFD and flock(2) locks, set on the lower file. One that has to wait is answered later. */
export function setlk(volume: Volume, request: Request): number {
  if (volume.features.locks !== 'lower') return -ERRNO.ENOSYS;
  const { argumentAt, memory } = request;
  const { nodes, openFiles, locks } = volume;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const open = openFiles.find(argumentAt + LK_IN.fh);
  // Locks end with the file by which they came: it has to be one of this node.
  if (open === 0 || memory.getU32(open + OPEN_FILE.node) !== nodes.slotOf(at)) return -ERRNO.EBADF;
  const ranges = (memory.getU32(argumentAt + LK_IN.lk_flags) & LK_FLAGS.FLOCK) === 0;
  const waits = request.opcode === OPCODE.SETLKW;
  memory.setU32(open + OPEN_FILE.locks, 1);
  if (!nodes.flag(at, NODE_FLAG.locked)) {
    volume.lock.acquire();
    nodes.setFlag(at, NODE_FLAG.locked, true);
    volume.lock.release();
  }
  // The two objects are an exception on this path: a lock costs system calls and, often, waiting.
  const result = locks.set(
    {
      argumentAt,
      uniqueAt: request.headerAt + IN_HEADER.unique,
      node: nodes.slotOf(at),
      file: openFiles.slotOf(open),
      waits,
    },
    () => openForLocks(volume, at, ranges),
  );
  if (result !== WAITING) return result;
  volume.onLockWait();
  return NO_REPLY;
}
