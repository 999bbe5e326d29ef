/**
 * The lower descriptor behind an open file. Readers that pass through have none until something other than their data is
 * asked for; it is opened then and kept to the release.
 */
import { ERRNO, O, sys } from '@sluice/sys';
import { OPEN_FILE } from './layout.ts';
import { lowerOpenFlags } from './open-flags.ts';
import type { Volume } from './volume.ts';

/** A descriptor for the file handle at `handleAt`, not the caller's to close, or -errno. */
export function lowerDescriptor(volume: Volume, handleAt: number): number {
  const { memory, openFiles, nodes, lock } = volume;
  const open = openFiles.find(handleAt);
  if (open === 0) return -ERRNO.EBADF;
  const fd = memory.getI32(open + OPEN_FILE.fd);
  if (fd >= 0) return fd;
  const flags = lowerOpenFlags(memory.getU32(open + OPEN_FILE.flags)) & ~O.TRUNC;
  const opened = volume.lower.open(nodes.at(memory.getU32(open + OPEN_FILE.node)), flags);
  if (opened < 0) return opened;
  lock.acquire();
  const other = memory.getI32(open + OPEN_FILE.fd);
  if (other < 0) memory.setI32(open + OPEN_FILE.fd, opened);
  lock.release();
  if (other < 0) return opened;
  sys.close(opened);
  return other;
}
