/** WRITEs of pages that were changed by way of a mapping (FUSE_WRITE_CACHE), by whichever file handle the kernel had. */
import { AT, O, sys } from '@sluice/sys';
import { ATTR, WRITE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_FILE } from './layout.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/**
 * Writes `bytes` of the WRITE in `request` through `fd`, the lower descriptor of the open file whose record is `open`. How
 * many were taken, or -errno.
 *
 * A mapping makes no file longer. So pages that reach beyond the lower file's end were cut off meanwhile, most likely by an
 * open that truncates, for which the kernel holds no page back that is on its way: what lies beyond is dropped, as it is
 * on the bare file system. And pages go where they belong, even by way of a handle that appends.
 */
export function writeBack(volume: Volume, request: Request, open: number, fd: number, bytes: number): number {
  const { memory, argumentAt } = request;
  const statAt = volume.scratch(SCRATCH.stat);
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  if (result < 0) return result;
  const offset = memory.getU64Approximate(argumentAt + WRITE_IN.offset);
  const kept = Math.min(bytes, memory.getU64Approximate(statAt + ATTR.size) - offset);
  if (kept <= 0) return bytes;
  const from = request.address(argumentAt + WRITE_IN.SIZE);
  const offsetAt = request.address(argumentAt + WRITE_IN.offset);
  const appends = (memory.getU32(open + OPEN_FILE.flags) & O.APPEND) !== 0;
  const written = appends
    ? writeExactly(volume, memory.getU32(open + OPEN_FILE.node), from, kept, offsetAt)
    : sys.pwrite(fd, from, kept, offsetAt);
  return written === kept ? bytes : written;
}

/** Through a descriptor of its own of the open file's node, whose slot is `node`. */
function writeExactly(volume: Volume, node: number, from: number, bytes: number, offsetAt: number): number {
  const fd = volume.lower.open(volume.nodes.at(node), O.WRONLY | O.NOFOLLOW | O.LARGEFILE);
  if (fd < 0) return fd;
  const result = sys.pwrite(fd, from, bytes, offsetAt);
  sys.close(fd);
  return result;
}
