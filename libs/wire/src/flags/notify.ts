import { bit } from './flag-set.ts';

/** Notify codes, in `OUT_HEADER.error` of a message whose `unique` is 0 (FUSE_NOTIFY_*). Numbers, not bits. */
export const NOTIFY = Object.freeze({
  POLL: 1,
  INVAL_INODE: 2,
  INVAL_ENTRY: 3,
  STORE: 4,
  RETRIEVE: 5,
  DELETE: 6,
  /** 7.40: no argument. */
  RESEND: 7,
  /** 7.44: no argument. */
  INC_EPOCH: 8,
  /** 7.45. */
  PRUNE: 9,
});

/** `NOTIFY_INVAL_ENTRY_OUT.flags` (7.38): let the entry expire instead of dropping it at once. */
export const INVAL_ENTRY_FLAGS = Object.freeze({ EXPIRE_ONLY: bit(0) });
