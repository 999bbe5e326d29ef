import { bit } from './flag-set.ts';

/** `getattr_flags` of GETATTR_IN and STATX_IN (FUSE_GETATTR_*): FH, the field `fh` counts. */
export const GETATTR_FLAGS = Object.freeze({ FH: bit(0) });
