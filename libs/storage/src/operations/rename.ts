import { AT, ERRNO, RENAME, sys } from '@sluice/sys';
import { RENAME2_IN, RENAME_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { keepRemoved, openToRemove } from '../removed-object.ts';
import { requestDirectory } from '../reply-entry.ts';
import { rename as renameNode } from '../entry.ts';
import { SCRATCH } from '../scratch-layout.ts';
import { nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** RENAME: without flags. */
export function rename(volume: Volume, request: Request): number {
  return move(volume, request, request.argumentAt + RENAME_IN.SIZE, 0);
}

/** RENAME2: with NOREPLACE, EXCHANGE or WHITEOUT, as far as the lower file system knows them. */
export function rename2(volume: Volume, request: Request): number {
  const flags = request.memory.getU32(request.argumentAt + RENAME2_IN.flags);
  return move(volume, request, request.argumentAt + RENAME2_IN.SIZE, flags);
}

/** `newdir` is the first field of both argument structs. */
function move(volume: Volume, request: Request, fromNameAt: number, flags: number): number {
  const from = requestDirectory(volume, request);
  if (from < 0) return from;
  const toParentAt = volume.nodeAt(request.argumentAt + RENAME_IN.newdir);
  if (toParentAt === 0) return -ERRNO.ESTALE;
  const to = volume.lower.directory(toParentAt);
  if (to < 0) return to;
  const toNameAt = fromNameAt + nameLength(request, fromNameAt) + 1;
  // A whiteout is a new object and belongs to the caller.
  if ((flags & RENAME.WHITEOUT) !== 0) volume.caller.assume(request, 0);
  const replaces = (flags & (RENAME.NOREPLACE | RENAME.EXCHANGE)) === 0;
  const replaced = replaces ? openToRemove(request, to, toNameAt) : -1;
  const result = sys.renameat2(from, request.address(fromNameAt), to, request.address(toNameAt), flags);
  keepRemoved(volume, request, replaced, result === 0);
  if (result < 0) return result;
  settle(volume, request, to, toParentAt, toNameAt);
  if ((flags & RENAME.EXCHANGE) !== 0) settle(volume, request, from, volume.node(request), fromNameAt);
  return 0;
}

/** Tells the node that now bears the name, if it is known, where it is. */
function settle(volume: Volume, request: Request, directory: number, parentAt: number, nameAt: number): void {
  const statAt = volume.scratch(SCRATCH.stat);
  const flags = AT.SYMLINK_NOFOLLOW;
  if (sys.stat(directory, request.address(nameAt), flags, request.address(statAt)) < 0) return;
  volume.lock.acquire();
  const at = volume.nodes.findByIdentity(statAt);
  if (at !== 0) renameNode(volume, at, parentAt, nameAt, nameLength(request, nameAt));
  volume.lock.release();
}
