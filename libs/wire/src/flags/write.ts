import { bit } from './flag-set.ts';

/** `WRITE_IN.write_flags` (FUSE_WRITE_*). CACHE: written back from the page cache, `fh` is a guess. */
export const WRITE_FLAGS = Object.freeze({ CACHE: bit(0), LOCKOWNER: bit(1), KILL_SUIDGID: bit(2) });
