/**
 * INIT flags. The kernel counts 64 bits; they travel as two u32 words, `flags` and `flags2`, and are kept as two here.
 *
 * Android's kernels used bits that mainline gave other meanings, or reserved. They stand in sets of their own so that
 * a bit is only read by the name it has in the kernel at hand.
 */
import { bit } from './flag-set.ts';

/** Bits 0 to 31, in `INIT_IN.flags` and `INIT_OUT.flags`. */
export const INIT_FLAGS = Object.freeze({
  ASYNC_READ: bit(0),
  POSIX_LOCKS: bit(1),
  FILE_OPS: bit(2),
  ATOMIC_O_TRUNC: bit(3),
  EXPORT_SUPPORT: bit(4),
  BIG_WRITES: bit(5),
  DONT_MASK: bit(6),
  SPLICE_WRITE: bit(7),
  SPLICE_MOVE: bit(8),
  SPLICE_READ: bit(9),
  FLOCK_LOCKS: bit(10),
  HAS_IOCTL_DIR: bit(11),
  AUTO_INVAL_DATA: bit(12),
  DO_READDIRPLUS: bit(13),
  READDIRPLUS_AUTO: bit(14),
  ASYNC_DIO: bit(15),
  WRITEBACK_CACHE: bit(16),
  NO_OPEN_SUPPORT: bit(17),
  PARALLEL_DIROPS: bit(18),
  HANDLE_KILLPRIV: bit(19),
  POSIX_ACL: bit(20),
  ABORT_ERROR: bit(21),
  MAX_PAGES: bit(22),
  CACHE_SYMLINKS: bit(23),
  NO_OPENDIR_SUPPORT: bit(24),
  EXPLICIT_INVAL_DATA: bit(25),
  MAP_ALIGNMENT: bit(26),
  SUBMOUNTS: bit(27),
  HANDLE_KILLPRIV_V2: bit(28),
  SETXATTR_EXT: bit(29),
  INIT_EXT: bit(30),
  INIT_RESERVED: bit(31),
});

/** Bits 32 to 63 shifted down, in `INIT_IN.flags2` and `INIT_OUT.flags2`; they count with INIT_EXT set (7.36). */
export const INIT_FLAGS2 = Object.freeze({
  SECURITY_CTX: bit(0),
  HAS_INODE_DAX: bit(1),
  CREATE_SUPP_GROUP: bit(2),
  HAS_EXPIRE_ONLY: bit(3),
  DIRECT_IO_ALLOW_MMAP: bit(4),
  PASSTHROUGH: bit(5),
  NO_EXPORT_SUPPORT: bit(6),
  HAS_RESEND: bit(7),
  ALLOW_IDMAP: bit(8),
  OVER_IO_URING: bit(9),
  REQUEST_TIMEOUT: bit(10),
});

/** Meanings of bits in `flags` on Android's kernels. */
export const ANDROID_INIT_FLAGS = Object.freeze({
  /** Passthrough of an early vendor kernel (4.19.127); mainline's SUBMOUNTS. */
  PASSTHROUGH_UNIQUE: bit(27),
  /** Passthrough V0 to V2 below protocol 7.36 (Android common kernels 4.19 to 5.15); mainline's INIT_RESERVED. */
  PASSTHROUGH: bit(31),
});

/** Meanings of bits in `flags2` on Android's kernels. */
export const ANDROID_INIT_FLAGS2 = Object.freeze({
  /** Passthrough V2 from protocol 7.36 on, `1ULL << 63` (Android 14-6.1 and 15-6.6). */
  PASSTHROUGH: bit(31),
});

/** Flags of CUSE_INIT_IN and CUSE_INIT_OUT. */
export const CUSE_INIT_FLAGS = Object.freeze({ UNRESTRICTED_IOCTL: bit(0) });
