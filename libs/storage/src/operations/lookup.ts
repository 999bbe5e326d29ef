import { ERRNO } from '@sluice/sys';
import { ENTRY_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { fillEntry } from '../admit-name.ts';
import { NODE } from '../layout.ts';
import { showOwnership } from '../ownership.ts';
import { isDotOrDotDot, replyEntry, requestDirectory } from '../reply-entry.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/**
 * LOOKUP: a name beneath a directory. Known objects cost one statx.
 *
 * "." and ".." come from file handles of the mount (EXPORT_SUPPORT): the kernel wants a node, or its parent, whose inode it
 * has dropped. Both are answered from what is known of the node, never by the lower name "..", which could lead out of the
 * volume. A node that was forgotten is ESTALE.
 */
export function lookup(volume: Volume, request: Request): number {
  const nameAt = nameBehindHeader(request);
  const length = nameLength(request, nameAt);
  if (isDotOrDotDot(request, nameAt, length)) return lookUpNode(volume, request, length === 2);
  const directory = requestDirectory(volume, request);
  const result = directory < 0 ? directory : replyEntry(volume, request, directory, nameAt);
  if (volume.trace.on) volume.trace.lookedUp(request, nameAt, length, result);
  return result;
}

function lookUpNode(volume: Volume, request: Request, parent: boolean): number {
  const { nodes, lock } = volume;
  // The kernel may have sent a FORGET for it already: counted first, so that it stays.
  lock.acquire();
  let at = volume.node(request);
  if (at !== 0 && parent) {
    const slot = volume.memory.getU32(at + NODE.parent);
    // The root has none, nor has a node without a name.
    at = slot === 0 ? 0 : nodes.at(slot);
  }
  if (at !== 0) nodes.addLookup(at);
  lock.release();
  if (at === 0) return -ERRNO.ESTALE;
  fillEntry(volume, request, at, request.payloadAt, -1, -1);
  const result = volume.lower.stat(at, request.payloadAt + ENTRY_OUT.attr);
  if (result >= 0) {
    showOwnership(volume, request.payloadAt + ENTRY_OUT.attr);
    return ENTRY_OUT.SIZE;
  }
  volume.forget(request.payloadAt + ENTRY_OUT.nodeid, 1, 0);
  return result;
}
