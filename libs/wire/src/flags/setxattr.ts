import { bit } from './flag-set.ts';

/** `SETXATTR_IN.setxattr_flags` (FUSE_SETXATTR_*; 7.33). */
export const SETXATTR_FLAGS = Object.freeze({ ACL_KILL_SGID: bit(0) });
