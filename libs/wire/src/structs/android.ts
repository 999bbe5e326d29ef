/**
 * Structures of Android's out-of-tree kernels. Their layout drifted between releases, so a session proves what it
 * uses by a trial.
 */
import { struct, u32, u64 } from '../struct.ts';

/** Argument of PASSTHROUGH_OPEN V0 and V1 from a 64-bit process. `len` must be 0 and `vec` is not read. */
export const PASSTHROUGH_OUT = struct({ fd: u32, len: u32, vec: u64 });

/** Argument of PASSTHROUGH_OPEN_UNIQUE from a 64-bit process; `unique` is of the OPEN or CREATE in flight. */
export const PASSTHROUGH_UNIQUE_OUT = struct({ unique: u64, fd: u32, len: u32, vec: u64 });

/** Follows `ENTRY_OUT` in a LOOKUP reply under fuse-bpf. Actions: 0 keep, 1 remove, 2 replace. */
export const ENTRY_BPF_OUT = struct({ backing_action: u64, backing_fd: u64, bpf_action: u64, bpf_fd: u64 });
