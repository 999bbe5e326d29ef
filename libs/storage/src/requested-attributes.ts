/** Attributes for GETATTR and STATX: by the open file where the kernel names one that has a descriptor, else by the node. */
import { AT, ERRNO, sys } from '@sluice/sys';
import { GETATTR_FLAGS } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_FILE } from './layout.ts';
import type { Volume } from './volume.ts';

/**
 * Writes the LOWER_STAT record of the request's node at `statAt`. `flagsAt`: offset of GETATTR_FLAGS in the request;
 * `handleAt`: of the file handle that counts with GETATTR_FLAGS.FH. 0 or -errno.
 */
export function statRequested(
  volume: Volume,
  request: Request,
  flagsAt: number,
  handleAt: number,
  statAt: number,
): number {
  const { memory } = request;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  if ((memory.getU32(flagsAt) & GETATTR_FLAGS.FH) !== 0) {
    const open = volume.openFiles.find(handleAt);
    const fd = open === 0 ? -1 : memory.getI32(open + OPEN_FILE.fd);
    if (fd >= 0) return sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  }
  return volume.lower.stat(at, statAt);
}
