import { ERRNO, O } from '@sluice/sys';
import type { Volume } from '../volume.ts';

/**
 * A lower descriptor by which the node's file can be locked, or -errno. An exclusive range lock needs one open for writing;
 * a file that cannot be written to (it is being executed, the file system is read-only) has no caller who could want one.
 * flock(2) does without, and leaves the file free to be executed.
 */
export function openForLocks(volume: Volume, at: number, ranges: boolean): number {
  const flags = O.NOFOLLOW | O.LARGEFILE | O.NONBLOCK;
  if (!ranges) return volume.lower.open(at, O.RDONLY | flags);
  const fd = volume.lower.open(at, O.RDWR | flags);
  const isReadOnly =
    fd === -ERRNO.ETXTBSY || fd === -ERRNO.EROFS || fd === -ERRNO.EPERM || fd === -ERRNO.EACCES;
  return isReadOnly ? volume.lower.open(at, O.RDONLY | flags) : fd;
}
