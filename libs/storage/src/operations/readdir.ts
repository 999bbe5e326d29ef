import { ERRNO } from '@sluice/sys';
import { DIRENT, READ_IN, direntSize } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { fillFromDirectory } from '../directory-stream.ts';
import type { EntryWriter } from '../directory-stream.ts';
import { OPEN_FILE } from '../layout.ts';
import { OPEN_DIRECTORY } from '../open-files.ts';
import { ACCESS } from '@sluice/policy';
import { hidesFrom, permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';

/** READDIR: names, inode numbers and types, as the lower directory gives them. */
export function readdir(volume: Volume, request: Request): number {
  return readEntries(volume, request, writeDirent);
}

/** What READDIR and READDIRPLUS share: the open directory, the reply's limit, the entries. */
export function readEntries(volume: Volume, request: Request, write: EntryWriter): number {
  const { memory, argumentAt } = request;
  const open = volume.openFiles.find(argumentAt + READ_IN.fh);
  if (open === 0 || memory.getU32(open + OPEN_FILE.mode) !== OPEN_DIRECTORY) return -ERRNO.EBADF;
  const parentAt = volume.nodes.at(memory.getU32(open + OPEN_FILE.node));
  const permitted = permit(volume, request, parentAt, ACCESS.read);
  if (permitted < 0) return permitted;
  volume.lowerEntry.mayBeHidden = hidesFrom(volume, request);
  const limit = Math.min(memory.getU32(argumentAt + READ_IN.size), request.payloadCapacity);
  return fillFromDirectory(volume, request, open, argumentAt + READ_IN.offset, limit, write);
}

const writeDirent: EntryWriter = (_volume, request, entry, to, room) => {
  const bytes = direntSize(entry.nameLength);
  if (bytes > room) return 0;
  putDirent(request, to, entry);
  return bytes;
};

/** Writes a `fuse_dirent` with its name and padding at `to`. */
export function putDirent(
  request: Request,
  to: number,
  entry: { at: number; type: number; nameAt: number; nameLength: number },
): void {
  const { memory } = request;
  memory.copyU64(to + DIRENT.ino, entry.at);
  memory.copyU64(to + DIRENT.off, entry.at + 8);
  memory.setU32(to + DIRENT.namelen, entry.nameLength);
  memory.setU32(to + DIRENT.type, entry.type);
  // Byte by byte: for names of usual lengths that takes a third of what a call for each copy takes.
  const { u8 } = memory;
  const { nameAt, nameLength } = entry;
  const nameTo = to + DIRENT.name;
  for (let i = 0; i < nameLength; i++) u8[nameTo + i] = u8[nameAt + i] as number;
  const end = to + direntSize(nameLength);
  for (let at = nameTo + nameLength; at < end; at++) u8[at] = 0;
}
