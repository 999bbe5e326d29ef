/** Attributes of a node and of the file system. Times are seconds and nanoseconds since 1970. */
import { array, struct, u32, u64 } from '../struct.ts';

/** `blocks` counts 512 bytes each; `rdev` is in the kernel's 32-bit form (new_encode_dev); `flags` since 7.32. */
export const ATTR = struct({
  ino: u64,
  size: u64,
  blocks: u64,
  atime: u64,
  mtime: u64,
  ctime: u64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  nlink: u32,
  uid: u32,
  gid: u32,
  rdev: u32,
  blksize: u32,
  flags: u32,
});

export const GETATTR_IN = struct({ getattr_flags: u32, dummy: u32, fh: u64 });

/** `attr_valid` and `attr_valid_nsec`: for how long the kernel may cache the attributes. */
export const ATTR_OUT = struct({ attr_valid: u64, attr_valid_nsec: u32, dummy: u32, attr: ATTR });

/** `valid` is a set of FATTR flags: only the fields they name mean anything. */
export const SETATTR_IN = struct({
  valid: u32,
  padding: u32,
  fh: u64,
  size: u64,
  lock_owner: u64,
  atime: u64,
  mtime: u64,
  ctime: u64,
  atimensec: u32,
  mtimensec: u32,
  ctimensec: u32,
  mode: u32,
  unused4: u32,
  uid: u32,
  gid: u32,
  unused5: u32,
});

export const ACCESS_IN = struct({ mask: u32, padding: u32 });

/** Counts are in units of `frsize` bytes. */
export const KSTATFS = struct({
  blocks: u64,
  bfree: u64,
  bavail: u64,
  files: u64,
  ffree: u64,
  bsize: u32,
  namelen: u32,
  frsize: u32,
  padding: u32,
  spare: array(u32, 6),
});

export const STATFS_OUT = struct({ st: KSTATFS });
