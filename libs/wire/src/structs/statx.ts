/** STATX (7.39). `STATX` is bit for bit the structure of statx(2). */
import { array, i32, i64, struct, u16, u32, u64 } from '../struct.ts';

export const SX_TIME = struct({ tv_sec: i64, tv_nsec: u32, __reserved: i32 });

export const STATX = struct({
  mask: u32,
  blksize: u32,
  attributes: u64,
  nlink: u32,
  uid: u32,
  gid: u32,
  mode: u16,
  __spare0: array(u16, 1),
  ino: u64,
  size: u64,
  blocks: u64,
  attributes_mask: u64,
  atime: SX_TIME,
  btime: SX_TIME,
  ctime: SX_TIME,
  mtime: SX_TIME,
  rdev_major: u32,
  rdev_minor: u32,
  dev_major: u32,
  dev_minor: u32,
  __spare2: array(u64, 14),
});

export const STATX_IN = struct({ getattr_flags: u32, reserved: u32, fh: u64, sx_flags: u32, sx_mask: u32 });

export const STATX_OUT = struct({
  attr_valid: u64,
  attr_valid_nsec: u32,
  flags: u32,
  spare: array(u64, 2),
  stat: STATX,
});
