/** Directory entries in READDIR and READDIRPLUS replies. Each is followed by its name and starts on 8 bytes. */
import { bytes, struct, u32, u64 } from '../struct.ts';
import { ENTRY_OUT } from './entry.ts';

/** The name has no NUL. `off` is where the entry after this one starts; `type` is DT_*, the mode shifted right by 12. */
export const DIRENT = struct({ ino: u64, off: u64, namelen: u32, type: u32, name: bytes(0) });

/** A `nodeid` of 0 in `entry_out` gives the name without a lookup: no lookup count is taken. */
export const DIRENTPLUS = struct({ entry_out: ENTRY_OUT, dirent: DIRENT });

/** Bytes a READDIR entry takes with its padding; `namelen` bytes of name. */
export function direntSize(namelen: number): number {
  return (DIRENT.SIZE + namelen + 7) & ~7;
}

/** Bytes a READDIRPLUS entry takes with its padding; `namelen` bytes of name. */
export function direntPlusSize(namelen: number): number {
  return (DIRENTPLUS.SIZE + namelen + 7) & ~7;
}
