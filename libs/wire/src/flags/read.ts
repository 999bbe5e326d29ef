import { bit } from './flag-set.ts';

/** `READ_IN.read_flags` (FUSE_READ_*): LOCKOWNER, the field `lock_owner` counts. */
export const READ_FLAGS = Object.freeze({ LOCKOWNER: bit(1) });
