/** Names: looking up, forgetting, creating, renaming, linking. The names themselves follow the structure. */
import { struct, u32, u64 } from '../struct.ts';
import { ATTR } from './attr.ts';

/** `nodeid` 0 is a negative entry, cached for `entry_valid`; nodeid and generation together are never used twice. */
export const ENTRY_OUT = struct({
  nodeid: u64,
  generation: u64,
  entry_valid: u64,
  attr_valid: u64,
  entry_valid_nsec: u32,
  attr_valid_nsec: u32,
  attr: ATTR,
});

export const FORGET_IN = struct({ nlookup: u64 });
export const FORGET_ONE = struct({ nodeid: u64, nlookup: u64 });
/** Followed by `count` of `FORGET_ONE`. */
export const BATCH_FORGET_IN = struct({ count: u32, dummy: u32 });

export const MKNOD_IN = struct({ mode: u32, rdev: u32, umask: u32, padding: u32 });
export const MKDIR_IN = struct({ mode: u32, umask: u32 });
export const RENAME_IN = struct({ newdir: u64 });
/** `flags` as in renameat2(2). */
export const RENAME2_IN = struct({ newdir: u64, flags: u32, padding: u32 });
export const LINK_IN = struct({ oldnodeid: u64 });
