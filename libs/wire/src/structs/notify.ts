/** Notifications, written to the device behind an `OUT_HEADER` with `unique` 0 and the code as `error`. */
import { i64, struct, u32, u64 } from '../struct.ts';

export const NOTIFY_POLL_WAKEUP_OUT = struct({ kh: u64 });
/** `off` below 0: attributes only. `len` 0 or below: to the end of the file. */
export const NOTIFY_INVAL_INODE_OUT = struct({ ino: u64, off: i64, len: i64 });
/** Followed by the name and a NUL that `namelen` does not count. `flags` since 7.38. */
export const NOTIFY_INVAL_ENTRY_OUT = struct({ parent: u64, namelen: u32, flags: u32 });
/** Followed by the name and a NUL that `namelen` does not count. */
export const NOTIFY_DELETE_OUT = struct({ parent: u64, child: u64, namelen: u32, padding: u32 });
/** Followed by `size` bytes for the page cache. */
export const NOTIFY_STORE_OUT = struct({ nodeid: u64, offset: u64, size: u32, padding: u32 });
export const NOTIFY_RETRIEVE_OUT = struct({
  notify_unique: u64,
  nodeid: u64,
  offset: u64,
  size: u32,
  padding: u32,
});
/** Argument of NOTIFY_REPLY, the answer to a retrieve; followed by `size` bytes. As long as `WRITE_IN`. */
export const NOTIFY_RETRIEVE_IN = struct({
  dummy1: u64,
  offset: u64,
  size: u32,
  dummy2: u32,
  dummy3: u64,
  dummy4: u64,
});
/** Followed by `count` nodeids of 8 bytes (7.45). */
export const NOTIFY_PRUNE_OUT = struct({ count: u32, padding: u32, spare: u64 });

/** An ordinary request of the kernel's: `unique` of the request that was interrupted. */
export const INTERRUPT_IN = struct({ unique: u64 });
