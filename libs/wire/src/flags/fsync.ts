import { bit } from './flag-set.ts';

/** `FSYNC_IN.fsync_flags` (FUSE_FSYNC_*): FDATASYNC, data without metadata. */
export const FSYNC_FLAGS = Object.freeze({ FDATASYNC: bit(0) });
