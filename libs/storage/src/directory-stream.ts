/**
 * Reading a lower directory into a reply. `linux_dirent64` (getdents64(2)): u64 inode, u64 d_off, u16 record length,
 * u8 type, name. The offsets the kernel gives back are the lower file system's own d_off cookies: 63 bits on ext4, so
 * they are copied as two words and never become a double.
 */
import { TYPE } from '@sluice/policy';
import { SEEK, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { typeOfMode } from './decisions.ts';
import { OPEN_FILE } from './layout.ts';
import { isHidden } from './permissions.ts';
import { isDotOrDotDot } from './reply-entry.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

const RECORD_LENGTH = 16;
const TYPE_AT = 18;
const NAME = 19;
const OFFSET = 8;

/** The entry in hand; one object per call of the operation's writer, reused. */
export interface LowerEntry {
  /** Offset of the linux_dirent64. */
  at: number;
  /** DT_*. */
  type: number;
  nameAt: number;
  nameLength: number;
  /** Bytes of lower entries that fill a byte of reply, as the last reply had it: which of the two is longer depends on the names. */
  share: number;
  /** Some of the directory's names may be hidden from the caller. */
  mayBeHidden: boolean;
}

/** Writes one entry at `to` if `room` bytes suffice: the bytes used, or 0. */
export type EntryWriter = (
  volume: Volume,
  request: Request,
  entry: LowerEntry,
  to: number,
  room: number,
) => number;

/** Fills the payload with entries from the u64 offset at `offsetAt` on. Bytes filled, 0 at the end, or -errno. */
export function fillFromDirectory(
  volume: Volume,
  request: Request,
  open: number,
  offsetAt: number,
  limit: number,
  write: EntryWriter,
): number {
  const { memory, payloadAt } = request;
  const fd = memory.getI32(open + OPEN_FILE.fd);
  const position = open + OPEN_FILE.position;
  const buffer = volume.scratch(SCRATCH.dirents);
  const entry = volume.lowerEntry;
  let filled = 0;
  // Where the reply ends in the stream: the offset asked for, then that of the last entry written.
  let low = memory.getU32(offsetAt);
  let high = memory.getU32(offsetAt + 4);
  for (;;) {
    if (memory.getU32(position) !== low || memory.getU32(position + 4) !== high) {
      memory.setU32(position, low);
      memory.setU32(position + 4, high);
      const sought = sys.lseek(fd, request.address(position), SEEK.SET);
      if (sought < 0) {
        forgetPosition(request, position);
        return sought;
      }
      memory.setU32(position, low);
      memory.setU32(position + 4, high);
    }
    // No more than may fit into the reply: what does not fit would be read again next time.
    const before = filled;
    const asked = bufferBytes((limit - filled) * entry.share);
    const got = sys.getdents64(fd, request.address(buffer), asked);
    if (got <= 0) return filled > 0 ? filled : got;
    let at = buffer;
    while (at < buffer + got) {
      const recordLength = memory.getU8(at + RECORD_LENGTH) | (memory.getU8(at + RECORD_LENGTH + 1) << 8);
      entry.at = at;
      entry.type = memory.getU8(at + TYPE_AT);
      entry.nameAt = at + NAME;
      entry.nameLength = nameEnd(memory.u8, at, recordLength) - (at + NAME);
      const used =
        entry.mayBeHidden && isEntryHidden(volume, request, open, entry)
          ? SKIPPED
          : write(volume, request, entry, payloadAt + filled, limit - filled);
      if (used === 0) {
        // Entries read and not used: the position is no longer where the descriptor stands.
        forgetPosition(request, position);
        if (filled > before) entry.share = (at - buffer) / (filled - before);
        return filled;
      }
      if (used > 0) filled += used;
      low = memory.getU32(at + OFFSET);
      high = memory.getU32(at + OFFSET + 4);
      at += recordLength;
    }
    memory.setU32(position, low);
    memory.setU32(position + 4, high);
    if (filled > before) entry.share = Math.min(1, got / (filled - before));
    // Fewer than asked for: that was the end. Otherwise another round, until hardly anything more would fit.
    const isLast = got + LONGEST_RECORD < asked;
    if (isLast || limit - filled < LONGEST_RECORD + limit / 16) return filled;
  }
}

const SKIPPED = -1;

/** Whether policy hides the entry from the caller; of a file system that gives no types, whatever type it may have. */
function isEntryHidden(volume: Volume, request: Request, open: number, entry: LowerEntry): boolean {
  if (isDotOrDotDot(request, entry.nameAt, entry.nameLength)) return false;
  const parentAt = volume.nodes.at(request.memory.getU32(open + OPEN_FILE.node));
  const { at, nameAt, nameLength, type } = entry;
  if (type !== DT_UNKNOWN)
    return isHidden(volume, request, parentAt, nameAt, nameLength, typeOfMode(type << 12), at);
  return EVERY_TYPE.some((each) => isHidden(volume, request, parentAt, nameAt, nameLength, each, at));
}

const DT_UNKNOWN = 0;
const EVERY_TYPE = Object.values(TYPE);

/** The next read seeks: no directory has this offset. */
function forgetPosition(request: Request, position: number): void {
  request.memory.setU32(position, 0xffff_ffff);
  request.memory.setU32(position + 4, 0xffff_ffff);
}

/** Where the name's NUL is: among the last eight bytes, since records are padded to that. */
function nameEnd(u8: Uint8Array, at: number, recordLength: number): number {
  let end = at + Math.max(NAME, recordLength - 8);
  while (u8[end] !== 0) end++;
  return end;
}

/** Of a name of 255 bytes. */
const LONGEST_RECORD = 280;

/** getdents64 wants room for one entry of the longest name at least. */
function bufferBytes(room: number): number {
  return Math.max(LONGEST_RECORD, Math.min(SCRATCH.direntsBytes, Math.floor(room)));
}
