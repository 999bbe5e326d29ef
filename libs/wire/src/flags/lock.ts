import { bit } from './flag-set.ts';

/** `LK_IN.lk_flags` (FUSE_LK_*): FLOCK, the lock is flock(2)'s. */
export const LK_FLAGS = Object.freeze({ FLOCK: bit(0) });
