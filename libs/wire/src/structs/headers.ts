/** What every request and every reply begins with. Source: include/uapi/linux/fuse.h. */
import { i32, struct, u16, u32, u64 } from '../struct.ts';

/** `total_extlen` (7.38) is in units of 8 bytes; older kernels send zeroes there. */
export const IN_HEADER = struct({
  len: u32,
  opcode: u32,
  unique: u64,
  nodeid: u64,
  uid: u32,
  gid: u32,
  pid: u32,
  total_extlen: u16,
  padding: u16,
});

/** `error` is 0 or a negated errno; in a notification `unique` is 0 and `error` the notify code. */
export const OUT_HEADER = struct({ len: u32, error: i32, unique: u64 });
