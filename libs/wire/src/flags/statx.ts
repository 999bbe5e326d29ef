import { bit } from './flag-set.ts';

/** `STATX_IN.sx_mask` and `STATX.mask`: fields asked for and given (linux/stat.h, STATX_*). */
export const STATX_MASK = Object.freeze({
  TYPE: bit(0),
  MODE: bit(1),
  NLINK: bit(2),
  UID: bit(3),
  GID: bit(4),
  ATIME: bit(5),
  MTIME: bit(6),
  CTIME: bit(7),
  INO: bit(8),
  SIZE: bit(9),
  BLOCKS: bit(10),
  BTIME: bit(11),
});

/** `STATX_IN.sx_flags` (linux/fcntl.h, AT_STATX_*). */
export const STATX_SYNC = Object.freeze({ FORCE_SYNC: bit(13), DONT_SYNC: bit(14) });
