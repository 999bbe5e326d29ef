/** POSIX and flock(2) locks. */
import { struct, u32, u64 } from '../struct.ts';

/** `start` and `end` are bytes, `end` inclusive; `type` is F_RDLCK, F_WRLCK or F_UNLCK; `pid` is a thread group's. */
export const FILE_LOCK = struct({ start: u64, end: u64, type: u32, pid: u32 });

export const LK_IN = struct({ fh: u64, owner: u64, lk: FILE_LOCK, lk_flags: u32, padding: u32 });
export const LK_OUT = struct({ lk: FILE_LOCK });
