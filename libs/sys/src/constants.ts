/**
 * Flags of the calls, as the kernel's headers have them. All but four open flags are the same on x86-64 and arm64.
 * 32-bit flags are positive numbers here; the calls take what JavaScript's bit operators make of them as well.
 */
const arm = process.arch === 'arm64';

/** asm-generic/fcntl.h and arch/arm64/include/uapi/asm/fcntl.h */
export const O = {
  RDONLY: 0,
  WRONLY: 1,
  RDWR: 2,
  ACCMODE: 3,
  CREAT: 0o100,
  EXCL: 0o200,
  NOCTTY: 0o400,
  TRUNC: 0o1000,
  APPEND: 0o2000,
  NONBLOCK: 0o4000,
  DSYNC: 0o10000,
  DIRECT: arm ? 0o200000 : 0o40000,
  LARGEFILE: arm ? 0o400000 : 0o100000,
  DIRECTORY: arm ? 0o40000 : 0o200000,
  NOFOLLOW: arm ? 0o100000 : 0o400000,
  NOATIME: 0o1000000,
  CLOEXEC: 0o2000000,
  SYNC: 0o4010000,
  PATH: 0o10000000,
  /** With DIRECTORY, as open(2) wants it. */
  TMPFILE: 0o20000000 | (arm ? 0o40000 : 0o200000),
} as const;

/** linux/fcntl.h */
export const AT = {
  FDCWD: -100,
  SYMLINK_NOFOLLOW: 0x100,
  REMOVEDIR: 0x200,
  SYMLINK_FOLLOW: 0x400,
  NO_AUTOMOUNT: 0x800,
  EMPTY_PATH: 0x1000,
  STATX_FORCE_SYNC: 0x2000,
  STATX_DONT_SYNC: 0x4000,
} as const;

/** Type and permission bits of a mode: linux/stat.h */
export const S = {
  IFMT: 0o170000,
  IFSOCK: 0o140000,
  IFLNK: 0o120000,
  IFREG: 0o100000,
  IFBLK: 0o60000,
  IFDIR: 0o40000,
  IFCHR: 0o20000,
  IFIFO: 0o10000,
  ISUID: 0o4000,
  ISGID: 0o2000,
  ISVTX: 0o1000,
} as const;

/** openat2(2): linux/openat2.h */
export const RESOLVE = {
  NO_XDEV: 0x01,
  NO_MAGICLINKS: 0x02,
  NO_SYMLINKS: 0x04,
  BENEATH: 0x08,
  IN_ROOT: 0x10,
  CACHED: 0x20,
} as const;

/** renameat2(2): linux/fs.h */
export const RENAME = { NOREPLACE: 1, EXCHANGE: 2, WHITEOUT: 4 } as const;

/** mount(2): linux/mount.h */
export const MS = {
  RDONLY: 0x1,
  NOSUID: 0x2,
  NODEV: 0x4,
  NOEXEC: 0x8,
  SYNCHRONOUS: 0x10,
  REMOUNT: 0x20,
  DIRSYNC: 0x80,
  NOATIME: 0x400,
  NODIRATIME: 0x800,
  BIND: 0x1000,
  MOVE: 0x2000,
  REC: 0x4000,
  SILENT: 0x8000,
  UNBINDABLE: 0x20000,
  PRIVATE: 0x40000,
  SLAVE: 0x80000,
  SHARED: 0x100000,
  RELATIME: 0x200000,
  STRICTATIME: 0x1000000,
  LAZYTIME: 0x2000000,
} as const;

/** umount2(2); NOFOLLOW is UMOUNT_NOFOLLOW. */
export const MNT = { FORCE: 1, DETACH: 2, EXPIRE: 4, NOFOLLOW: 8 } as const;

/** fallocate(2): linux/falloc.h */
export const FALLOC = {
  KEEP_SIZE: 0x01,
  PUNCH_HOLE: 0x02,
  COLLAPSE_RANGE: 0x08,
  ZERO_RANGE: 0x10,
  INSERT_RANGE: 0x20,
  UNSHARE_RANGE: 0x40,
} as const;

export const SEEK = { SET: 0, CUR: 1, END: 2, DATA: 3, HOLE: 4 } as const;

/** Nanoseconds that utimensat(2) understands as orders. */
export const UTIME = { NOW: 0x3fffffff, OMIT: 0x3ffffffe } as const;

/** Bits of stx_mask: linux/stat.h */
export const STATX = { BASIC_STATS: 0x7ff, BTIME: 0x800 } as const;

/** Entry types of getdents64(2): the file type bits of a mode, shifted right by 12. */
export const DT = {
  UNKNOWN: 0,
  FIFO: 1,
  CHR: 2,
  DIR: 4,
  BLK: 6,
  REG: 8,
  LNK: 10,
  SOCK: 12,
  WHT: 14,
} as const;

/** unshare(2): linux/sched.h */
export const CLONE = { FS: 0x200, FILES: 0x400, NEWNS: 0x20000 } as const;

/** prctl(PR_SET_SECUREBITS): linux/securebits.h */
export const SECBIT = { NOROOT: 0x01, NO_SETUID_FIXUP: 0x04, KEEP_CAPS: 0x10 } as const;

/** flock(2) */
export const LOCK = { SH: 1, EX: 2, NB: 4, UN: 8 } as const;

/** fcntl(2): locks of open file descriptions, and their types. asm-generic/fcntl.h */
export const F = { OFD_GETLK: 36, OFD_SETLK: 37, RDLCK: 0, WRLCK: 1, UNLCK: 2 } as const;

/** Byte offsets in the `struct flock` of a 64-bit process. */
export const FLOCK = { type: 0, whence: 2, start: 8, length: 16, pid: 24, SIZE: 32 } as const;

/** Numbers of capabilities: linux/capability.h */
export const CAP = {
  CHOWN: 0,
  DAC_OVERRIDE: 1,
  DAC_READ_SEARCH: 2,
  FOWNER: 3,
  FSETID: 4,
  SETGID: 6,
  SETUID: 7,
  SETPCAP: 8,
  SYS_ADMIN: 21,
  MKNOD: 27,
  LEASE: 28,
} as const;

/** poll(2) */
export const POLL = { IN: 0x1, PRI: 0x2, OUT: 0x4, ERR: 0x8, HUP: 0x10, NVAL: 0x20 } as const;

/** setxattr(2): linux/xattr.h */
export const XATTR = { CREATE: 1, REPLACE: 2 } as const;
