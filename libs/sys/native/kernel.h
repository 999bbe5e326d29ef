/*
 * What the kernel expects in memory, as include/uapi/linux lays it out for 64-bit processes. Written down here,
 * and not included, so that a compiler alone is enough to build the addon.
 */
#ifndef SLUICE_KERNEL_H
#define SLUICE_KERNEL_H

#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/* asm-generic/errno-base.h, asm-generic/errno.h */
enum {
	EPERM = 1,
	ENOENT = 2,
	EIO = 5,
	EBADF = 9,
	EFAULT = 14,
	EINVAL = 22,
	EBUSY = 16,
	ENOSPC = 28,
	ENAMETOOLONG = 36,
	ENODATA = 61,
	EBADMSG = 74,
	EOVERFLOW = 75,
};

/* linux/fcntl.h, asm-generic/fcntl.h */
enum {
	AT_FDCWD = -100,
	AT_SYMLINK_FOLLOW = 0x400,
	AT_EMPTY_PATH = 0x1000,
	O_CLOEXEC = 02000000,
	F_GETFD = 1,
	F_ADD_SEALS = 1033,
	F_SEAL_SHRINK = 2,
};

enum { PATH_MAX = 4096 };

/* The most one read or write moves (MAX_RW_COUNT with pages of 4 KiB); lengths beyond it never reach the kernel. */
#define MAX_TRANSFER 0x7ffff000ul

struct timespec {
	s64 seconds;
	s64 nanoseconds;
};

struct iovec {
	void *base;
	u64 bytes;
};

struct pollfd {
	s32 fd;
	short events;
	short revents;
};

struct open_how {
	u64 flags;
	u64 mode;
	u64 resolve;
};

/* name_to_handle_at(2); MAX_HANDLE_SZ is 128 */
struct file_handle {
	u32 bytes;
	s32 type;
	u8 data[128];
};

struct statx_timestamp {
	s64 seconds;
	u32 nanoseconds;
	s32 reserved;
};

enum {
	STATX_SIZE = 0x200,
	STATX_TYPE = 0x1,
	STATX_BASIC_STATS = 0x7ff,
	STATX_BTIME = 0x800,
	S_IFMT = 0170000,
	S_IFREG = 0100000,
};

/* linux/stat.h */
struct statx {
	u32 mask;
	u32 blksize;
	u64 attributes;
	u32 nlink;
	u32 uid;
	u32 gid;
	u16 mode;
	u16 spare0;
	u64 ino;
	u64 size;
	u64 blocks;
	u64 attributes_mask;
	struct statx_timestamp atime, btime, ctime, mtime;
	u32 rdev_major;
	u32 rdev_minor;
	u32 dev_major;
	u32 dev_minor;
	u64 spare[14];
};

_Static_assert(sizeof(struct statx) == 256, "struct statx");

/* asm-generic/statfs.h */
struct statfs {
	s64 type;
	s64 bsize;
	u64 blocks;
	u64 bfree;
	u64 bavail;
	u64 files;
	u64 ffree;
	s32 fsid[2];
	s64 namelen;
	s64 frsize;
	s64 flags;
	s64 spare[4];
};

_Static_assert(sizeof(struct statfs) == 120, "struct statfs");

#endif
