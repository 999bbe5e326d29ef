import { bit } from './flag-set.ts';

/** `POLL_IN.flags` (FUSE_POLL_*): SCHEDULE_NOTIFY, a POLL notification is wanted. */
export const POLL_FLAGS = Object.freeze({ SCHEDULE_NOTIFY: bit(0) });
