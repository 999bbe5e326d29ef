/** ioctl(2) and poll(2) on files of the mount, and ioctl(2) on the device itself. */
import { i32, struct, u32, u64 } from '../struct.ts';

/** Followed by `in_size` bytes of input. */
export const IOCTL_IN = struct({ fh: u64, flags: u32, cmd: u32, arg: u64, in_size: u32, out_size: u32 });
export const IOCTL_IOVEC = struct({ base: u64, len: u64 });
export const IOCTL_OUT = struct({ result: i32, flags: u32, in_iovs: u32, out_iovs: u32 });

export const POLL_IN = struct({ fh: u64, kh: u64, flags: u32, events: u32 });
export const POLL_OUT = struct({ revents: u32, padding: u32 });

/** Argument of the BACKING_OPEN ioctl (7.40). `flags` and `padding` must be 0. */
export const BACKING_MAP = struct({ fd: i32, flags: u32, padding: u64 });
