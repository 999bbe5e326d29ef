/** Opening, creating, flushing and releasing files and directories. */
import { i32, struct, u32, u64 } from '../struct.ts';

/** `flags` are open(2)'s; `open_flags` (7.33) are the kernel's own, OPEN_FLAGS. */
export const OPEN_IN = struct({ flags: u32, open_flags: u32 });
/** Of CREATE and TMPFILE. */
export const CREATE_IN = struct({ flags: u32, mode: u32, umask: u32, open_flags: u32 });

/**
 * `open_flags` are FOPEN. `backing_id` (7.40) counts with FOPEN.PASSTHROUGH only. Android's kernels before mainline's
 * passthrough have `passthrough_fh`, a u32, at the same place, without an FOPEN flag; 0 means no passthrough.
 */
export const OPEN_OUT = struct({ fh: u64, open_flags: u32, backing_id: i32 });

export const RELEASE_IN = struct({ fh: u64, flags: u32, release_flags: u32, lock_owner: u64 });
export const FLUSH_IN = struct({ fh: u64, unused: u32, padding: u32, lock_owner: u64 });
