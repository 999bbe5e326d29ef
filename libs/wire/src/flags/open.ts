import { bit } from './flag-set.ts';

/** `OPEN_OUT.open_flags`: what the daemon says about the open file (FOPEN_*). */
export const FOPEN = Object.freeze({
  DIRECT_IO: bit(0),
  KEEP_CACHE: bit(1),
  NONSEEKABLE: bit(2),
  CACHE_DIR: bit(3),
  STREAM: bit(4),
  NOFLUSH: bit(5),
  PARALLEL_DIRECT_WRITES: bit(6),
  /** 7.40; without it `backing_id` is not looked at. */
  PASSTHROUGH: bit(7),
});

/** `open_flags` of OPEN_IN and CREATE_IN: what the kernel asks of the daemon (FUSE_OPEN_*). */
export const OPEN_FLAGS = Object.freeze({ KILL_SUIDGID: bit(0) });
