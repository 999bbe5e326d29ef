/** File data: reading, writing, syncing, seeking, allocating, copying. Offsets and sizes are bytes. */
import { struct, u32, u64 } from '../struct.ts';

/** Of READ, READDIR and READDIRPLUS. `flags` are those of the open file. */
export const READ_IN = struct({
  fh: u64,
  offset: u64,
  size: u32,
  read_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: u32,
});

/** Followed by `size` bytes of data. */
export const WRITE_IN = struct({
  fh: u64,
  offset: u64,
  size: u32,
  write_flags: u32,
  lock_owner: u64,
  flags: u32,
  padding: u32,
});

export const WRITE_OUT = struct({ size: u32, padding: u32 });
export const FSYNC_IN = struct({ fh: u64, fsync_flags: u32, padding: u32 });
export const FALLOCATE_IN = struct({ fh: u64, offset: u64, length: u64, mode: u32, padding: u32 });
export const LSEEK_IN = struct({ fh: u64, offset: u64, whence: u32, padding: u32 });
export const LSEEK_OUT = struct({ offset: u64 });

/** Of COPY_FILE_RANGE, answered by `WRITE_OUT`, and of COPY_FILE_RANGE_64, answered by `COPY_FILE_RANGE_OUT`. */
export const COPY_FILE_RANGE_IN = struct({
  fh_in: u64,
  off_in: u64,
  nodeid_out: u64,
  fh_out: u64,
  off_out: u64,
  len: u64,
  flags: u64,
});

/** 7.45. */
export const COPY_FILE_RANGE_OUT = struct({ bytes_copied: u64 });

export const SYNCFS_IN = struct({ padding: u64 });
export const BMAP_IN = struct({ block: u64, blocksize: u32, padding: u32 });
export const BMAP_OUT = struct({ block: u64 });
