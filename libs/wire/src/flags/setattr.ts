import { bit } from './flag-set.ts';

/** `SETATTR_IN.valid`: the fields to set (FATTR_*). */
export const FATTR = Object.freeze({
  MODE: bit(0),
  UID: bit(1),
  GID: bit(2),
  SIZE: bit(3),
  ATIME: bit(4),
  MTIME: bit(5),
  FH: bit(6),
  ATIME_NOW: bit(7),
  MTIME_NOW: bit(8),
  LOCKOWNER: bit(9),
  CTIME: bit(10),
  KILL_SUIDGID: bit(11),
});
