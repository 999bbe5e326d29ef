import { ERRNO } from '@sluice/sys';
import { OPEN_FLAGS, OPEN_IN, OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { openNode } from '../open-node.ts';
import { dropSetIdOnTruncate } from '../privileges.ts';
import type { Volume } from '../volume.ts';

/** OPEN: of a regular file. */
export function open(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  // The kernel opens everything else by itself; opening a FIFO here would wait for its other end.
  if (!volume.nodes.isRegular(at)) return volume.nodes.isDirectory(at) ? -ERRNO.EISDIR : -ERRNO.EINVAL;
  const { memory, argumentAt, payloadAt } = request;
  const flags = memory.getU32(argumentAt + OPEN_IN.flags);
  if ((memory.getU32(argumentAt + OPEN_IN.open_flags) & OPEN_FLAGS.KILL_SUIDGID) !== 0) {
    const result = dropSetIdOnTruncate(volume, request, at);
    if (result < 0) return result;
  }
  const result = openNode(volume, request, at, flags, -1, payloadAt, false);
  if (result < 0) {
    volume.counters.add(COUNTER.opensFailed, 1);
    return result;
  }
  return OPEN_OUT.SIZE;
}
