/** What a reply's payload may look like, by opcode, whatever the request was. */
import { OPCODE } from '@sluice/wire';

const ENTRY = 128;
/** The mode in an entry. */
const MODE = 100;
const EXACT: Readonly<Record<number, readonly number[]>> = {
  [OPCODE.LOOKUP]: [ENTRY],
  [OPCODE.MKNOD]: [ENTRY],
  [OPCODE.MKDIR]: [ENTRY],
  [OPCODE.SYMLINK]: [ENTRY],
  [OPCODE.LINK]: [ENTRY],
  [OPCODE.CREATE]: [ENTRY + 16],
  [OPCODE.TMPFILE]: [ENTRY + 16],
  [OPCODE.GETATTR]: [104],
  [OPCODE.SETATTR]: [104],
  [OPCODE.STATX]: [288],
  [OPCODE.OPEN]: [16],
  [OPCODE.OPENDIR]: [16],
  [OPCODE.WRITE]: [8],
  [OPCODE.COPY_FILE_RANGE]: [8],
  [OPCODE.COPY_FILE_RANGE_64]: [8],
  [OPCODE.LSEEK]: [8],
  [OPCODE.GETLK]: [24],
  [OPCODE.STATFS]: [80],
  [OPCODE.INIT]: [64],
  [OPCODE.IOCTL]: [16, 20, 44],
};
const EMPTY = new Set<number>([
  OPCODE.UNLINK,
  OPCODE.RMDIR,
  OPCODE.RENAME,
  OPCODE.RENAME2,
  OPCODE.RELEASE,
  OPCODE.RELEASEDIR,
  OPCODE.FSYNC,
  OPCODE.FSYNCDIR,
  OPCODE.SYNCFS,
  OPCODE.SETXATTR,
  OPCODE.REMOVEXATTR,
  OPCODE.FALLOCATE,
  OPCODE.DESTROY,
  OPCODE.FLUSH,
  OPCODE.SETLK,
  OPCODE.SETLKW,
]);

/** Told of each object in a reply. */
export type Entered = (nodeid: bigint, mode: number) => void;

/** What is wrong with `payload` as the answer to `request`; empty if nothing is. */
export function flawOf(opcode: number, request: Buffer, payload: Buffer, entered: Entered): string {
  const exact = EXACT[opcode];
  if (exact !== undefined) {
    if (!exact.includes(payload.length)) return `${payload.length} bytes instead of ${exact.join(' or ')}`;
    if ((exact[0] ?? 0) === ENTRY || exact[0] === ENTRY + 16) {
      if (payload.readBigUInt64LE(0) === 0n) return 'an entry without a nodeid';
      entered(payload.readBigUInt64LE(0), payload.readUInt32LE(MODE));
    }
    return '';
  }
  if (EMPTY.has(opcode)) return payload.length === 0 ? '' : `${payload.length} bytes instead of none`;
  const asked = (at: number): number => request.readUInt32LE(40 + at);
  switch (opcode) {
    case OPCODE.READ:
      return payload.length <= asked(16) ? '' : `${payload.length} bytes read, ${asked(16)} wanted`;
    case OPCODE.READLINK:
      return payload.length > 4095 || payload.includes(0) ? `a target of ${payload.length} bytes` : '';
    case OPCODE.GETXATTR:
    case OPCODE.LISTXATTR:
      if (asked(0) === 0) return payload.length === 8 ? '' : `${payload.length} bytes instead of a size`;
      return payload.length <= asked(0) ? '' : `${payload.length} bytes, ${asked(0)} wanted`;
    case OPCODE.READDIR:
    case OPCODE.READDIRPLUS:
      if (payload.length > asked(16)) return `${payload.length} bytes of entries, ${asked(16)} wanted`;
      return flawOfEntries(payload, opcode === OPCODE.READDIRPLUS ? ENTRY : 0, entered);
    default:
      return 'an answer without an error to what is not supported';
  }
}

function flawOfEntries(payload: Buffer, before: number, entered: Entered): string {
  for (let at = 0; at < payload.length;) {
    const dirent = at + before;
    if (dirent + 24 > payload.length) return `an entry cut short at byte ${at}`;
    const length = payload.readUInt32LE(dirent + 16);
    const end = (dirent + 24 + length + 7) & ~7;
    if (length === 0 || length > 1024 || end > payload.length)
      return `a name of ${length} bytes at byte ${at}`;
    const text = payload.subarray(dirent + 24, dirent + 24 + length);
    if (text.includes(0) || text.includes(0x2f)) return `a name with a NUL or slash at byte ${at}`;
    const nodeid = before > 0 ? payload.readBigUInt64LE(at) : 0n;
    if (nodeid !== 0n) entered(nodeid, payload.readUInt32LE(at + MODE));
    at = end;
  }
  return '';
}
