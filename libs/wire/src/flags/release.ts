import { bit } from './flag-set.ts';

/** `RELEASE_IN.release_flags` (FUSE_RELEASE_*). */
export const RELEASE_FLAGS = Object.freeze({ FLUSH: bit(0), FLOCK_UNLOCK: bit(1) });
