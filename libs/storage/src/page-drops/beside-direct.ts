/**
 * Pages that cached opens of an inode hold, and a direct open that writes to it.
 *
 * Linux before 6.6 leaves the pages as they are at a direct write; later kernels drop them before the WRITE is sent, so
 * that a reader may bring the old bytes back meanwhile (fs/fuse/file.c, fuse_direct_io). Then the kernel goes by the
 * modification time, and two writes within one tick of the clock have the same one: cached readers, and mappings in any
 * case, would go on with old bytes. So such a WRITE is answered when the pages are gone.
 */
import { WRITE_FLAGS, WRITE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { NODE, OPEN_FILE } from '../layout.ts';
import { MODE } from '../open-mode.ts';
import type { Volume } from '../volume.ts';
import { ADDED } from './page-drop-queue.ts';

/**
 * Whether somebody else answers the WRITE in `request`, of which `bytes` were written below through the open file whose
 * record is `open`.
 */
export function answeredWhenDropped(volume: Volume, request: Request, open: number, bytes: number): boolean {
  const { memory } = request;
  if (memory.getU32(open + OPEN_FILE.mode) !== MODE.direct) return false;
  // Pages of a mapping, written back: to drop them is to wait for this very WRITE.
  if ((memory.getU32(request.argumentAt + WRITE_IN.write_flags) & WRITE_FLAGS.CACHE) !== 0) return false;
  // Asked after the write: whoever opens from here on reads what was written.
  const node = volume.nodes.at(memory.getU32(open + OPEN_FILE.node));
  if (memory.load(node + NODE.cachedOpens) === 0) return false;
  const added = volume.pageDrops.add(request, bytes);
  if (added === ADDED.full) volume.counters.add(COUNTER.pagesNotDropped, 1);
  else if (added === ADDED.needsDropper) volume.onPagesToDrop();
  return added !== ADDED.full;
}
