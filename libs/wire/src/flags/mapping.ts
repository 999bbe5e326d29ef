import { bit } from './flag-set.ts';

/** Low word of `SETUPMAPPING_IN.flags` (FUSE_SETUPMAPPING_FLAG_*). */
export const SETUPMAPPING_FLAGS = Object.freeze({ WRITE: bit(0), READ: bit(1) });
