import { AT, ERRNO, RENAME, sys } from '@sluice/sys';
import { ATTR, RENAME2_IN, RENAME_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { keepRemoved, openToRemove } from '../removed-object.ts';
import { requestDirectory } from '../reply-entry.ts';
import { NODE_FLAG } from '../layout.ts';
import { loseName, nameNode } from '../node-names.ts';
import { permitMove } from '../permissions.ts';
import type { NameEnd } from '../permissions.ts';
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
  const fromParentAt = volume.node(request);
  const fromLength = nameLength(request, fromNameAt);
  const toNameAt = fromNameAt + fromLength + 1;
  const source = { directory: from, parentAt: fromParentAt, nameAt: fromNameAt, length: fromLength };
  const toLength = nameLength(request, toNameAt);
  const target = { directory: to, parentAt: toParentAt, nameAt: toNameAt, length: toLength };
  const permitted = permitMove(volume, request, source, target, flags);
  if (permitted < 0) return permitted;
  // A whiteout is a new object and belongs to the caller.
  if ((flags & RENAME.WHITEOUT) !== 0) {
    const assumed = volume.caller.assume(request, 0);
    if (assumed < 0) return assumed;
  }
  const replaces = (flags & (RENAME.NOREPLACE | RENAME.EXCHANGE)) === 0;
  const replaced = replaces ? openToRemove(request, to, toNameAt) : -1;
  const result = sys.renameat2(from, request.address(fromNameAt), to, request.address(toNameAt), flags);
  keepRemoved(volume, request, replaced, result === 0, toParentAt, toNameAt, toLength);
  if (result < 0) return result;
  settle(volume, request, source, target);
  if ((flags & RENAME.EXCHANGE) !== 0) settle(volume, request, target, source);
  return 0;
}

/** Tells the nodes of what bore the first name and now bears the other, if they are known. */
function settle(volume: Volume, request: Request, from: NameEnd, to: NameEnd): void {
  const { nodes, memory } = volume;
  const statAt = volume.scratch(SCRATCH.stat);
  const flags = AT.SYMLINK_NOFOLLOW;
  if (sys.stat(to.directory, request.address(to.nameAt), flags, request.address(statAt)) < 0) return;
  const links = memory.getU32(statAt + ATTR.nlink);
  volume.lock.acquire();
  for (const view of VIEWS) {
    const at = nodes.findByIdentity(statAt, view);
    if (at === 0) continue;
    nameNode(volume, at, to.parentAt, to.nameAt, to.length, links);
    // With hard links the name before became an alias, which it is no longer.
    if (links > 1) loseName(volume, at, from.parentAt, from.nameAt, from.length);
  }
  volume.lock.release();
}

const VIEWS = [0, NODE_FLAG.redacted] as const;
