import { bit } from './flag-set.ts';

/** `ATTR.flags` (FUSE_ATTR_*). */
export const ATTR_FLAGS = Object.freeze({ SUBMOUNT: bit(0), DAX: bit(1) });
