/** Whether an open may go on with the pages that the kernel has cached for its inode. The caller holds the table lock. */
import { O } from '@sluice/sys';
import { NODE, NODE_FLAG } from './layout.ts';
import { MODE } from './open-mode.ts';
import type { Volume } from './volume.ts';

/**
 * Whether an open that is being decided may keep the pages the kernel has cached: only in an unbroken run of cached opens
 * for reading.
 *
 * Passthrough writes leave old pages behind. So may cached and direct ones: the kernel lets a page be dropped and read
 * again between its copy of a WRITE and the daemon's, and what was read then is old (fs/fuse/file.c). Every open for
 * writing and every one that is not cached therefore breaks the run. A new one begins with an open of an inode that is
 * open nowhere, and is good for others once such an open has been closed, see {@link noteClosed}.
 */
export function keepsCache(volume: Volume, at: number, mode: number, flags: number): boolean {
  const { memory, nodes } = volume;
  if (mode !== MODE.cached || (flags & O.ACCMODE) !== O.RDONLY) {
    nodes.setFlag(at, NODE_FLAG.disturbed, true);
    nodes.setFlag(at, NODE_FLAG.keepCache, false);
    return false;
  }
  const opens =
    memory.getU32(at + NODE.cachedOpens) +
    memory.getU32(at + NODE.directOpens) +
    memory.getU32(at + NODE.passthroughOpens);
  if (opens === 0) nodes.setFlag(at, NODE_FLAG.disturbed, false);
  return nodes.flag(at, NODE_FLAG.keepCache);
}

/**
 * The kernel has closed a file it had opened. If that was a cached open in an unbroken run, it has dropped the pages of
 * before, and the next may keep what is there. Not earlier: answers overtake one another, and an open that keeps the pages
 * might be acted upon before the one that drops them.
 */
export function noteClosed(volume: Volume, at: number, mode: number): void {
  if (mode === MODE.cached && !volume.nodes.flag(at, NODE_FLAG.disturbed))
    volume.nodes.setFlag(at, NODE_FLAG.keepCache, true);
}
