import { DIRENTPLUS, ENTRY_OUT, direntPlusSize } from '@sluice/wire';
import type { Request } from '@sluice/session';
import type { EntryWriter, LowerEntry } from '../directory-stream.ts';
import { enterName } from '../entry.ts';
import { isDotOrDotDot } from '../reply-entry.ts';
import { MAY } from '@sluice/policy';
import { typeOfMode } from '../decisions.ts';
import type { Volume } from '../volume.ts';
import { putDirent, readEntries } from './readdir.ts';

/** READDIRPLUS: entries with their attributes, each a lookup. */
export function readdirplus(volume: Volume, request: Request): number {
  return readEntries(volume, request, writeDirentPlus);
}

/**
 * Names that are hidden from some or have two views come without a node: what is answered to one caller would be used for
 * another, and an entry of the other view takes the place of the one in use.
 */
function isShaped(volume: Volume, parentAt: number, entry: LowerEntry): boolean {
  if (!volume.policy.image.guards) return false;
  const { lock, policy } = volume;
  lock.acquire();
  const state = policy.beneath(parentAt, entry.nameAt, entry.nameLength);
  const may = policy.image.may(state, typeOfMode(entry.type << 12));
  lock.release();
  return (may & (MAY.hide | MAY.redact)) !== 0;
}

const writeDirentPlus: EntryWriter = (volume, request, entry, to, room) => {
  const bytes = direntPlusSize(entry.nameLength);
  if (bytes > room) return 0;
  const entryAt = to + DIRENTPLUS.entry_out;
  const { memory } = request;
  let entered = -1;
  const parentAt = volume.node(request);
  // The kernel makes nothing of the entries "." and "..": they need no lookup.
  if (parentAt !== 0 && !isDotOrDotDot(request, entry.nameAt, entry.nameLength)) {
    const directory = volume.lower.directory(parentAt);
    if (directory >= 0 && !isShaped(volume, parentAt, entry)) {
      entered = enterName(volume, request, parentAt, directory, entry.nameAt, entry.nameLength, entryAt);
    }
  }
  // Gone or refused meanwhile: a name without attributes (nodeid 0), which the kernel looks up if it is wanted.
  if (entered < 0) memory.u8.fill(0, entryAt, entryAt + ENTRY_OUT.SIZE);
  putDirent(request, to + DIRENTPLUS.dirent, entry);
  return bytes;
};
