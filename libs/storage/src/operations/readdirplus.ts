import { DIRENTPLUS, ENTRY_OUT, direntPlusSize } from '@sluice/wire';
import type { Request } from '@sluice/session';
import type { EntryWriter } from '../directory-stream.ts';
import { enterName } from '../entry.ts';
import { isDotOrDotDot } from '../reply-entry.ts';
import type { Volume } from '../volume.ts';
import { putDirent, readEntries } from './readdir.ts';

/** READDIRPLUS: entries with their attributes, each a lookup. */
export function readdirplus(volume: Volume, request: Request): number {
  return readEntries(volume, request, writeDirentPlus);
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
    if (directory >= 0) {
      entered = enterName(volume, request, parentAt, directory, entry.nameAt, entry.nameLength, entryAt);
    }
  }
  // Gone or refused meanwhile: a name without attributes (nodeid 0), which the kernel looks up if it is wanted.
  if (entered < 0) memory.u8.fill(0, entryAt, entryAt + ENTRY_OUT.SIZE);
  putDirent(request, to + DIRENTPLUS.dirent, entry);
  return bytes;
};
