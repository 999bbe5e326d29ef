/** The negotiation. */
import { array, struct, u16, u32 } from '../struct.ts';

/** Kernels before 7.36 send the first 16 bytes only. */
export const INIT_IN = struct({
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  flags2: u32,
  unused: array(u32, 11),
});

/** Bytes of `INIT_IN` from a kernel before 7.36. */
export const INIT_IN_COMPAT_SIZE = 16;

/**
 * `max_write` and `max_readahead` are bytes, `time_gran` nanoseconds, `request_timeout` seconds (7.43), `map_alignment`
 * log2 of bytes. `max_stack_depth` (7.40) counts when PASSTHROUGH is answered.
 */
export const INIT_OUT = struct({
  major: u32,
  minor: u32,
  max_readahead: u32,
  flags: u32,
  max_background: u16,
  congestion_threshold: u16,
  max_write: u32,
  time_gran: u32,
  max_pages: u16,
  map_alignment: u16,
  flags2: u32,
  max_stack_depth: u32,
  request_timeout: u16,
  unused: array(u16, 11),
});

/** Bytes of `INIT_OUT` that a kernel older than 7.5, or than 7.23, takes. */
export const INIT_OUT_COMPAT_SIZE = 8;
export const INIT_OUT_COMPAT_22_SIZE = 24;

export const CUSE_INIT_IN = struct({ major: u32, minor: u32, unused: u32, flags: u32 });
export const CUSE_INIT_OUT = struct({
  major: u32,
  minor: u32,
  unused: u32,
  flags: u32,
  max_read: u32,
  max_write: u32,
  dev_major: u32,
  dev_minor: u32,
  spare: array(u32, 10),
});
