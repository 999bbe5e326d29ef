#include "calls.h"
#include "procfd.h"
#include "syscall.h"

/* linux/fuse.h, struct fuse_attr, then what identifies the object: LOWER_STAT of src/native.ts. */
struct lower_stat {
	u64 ino, size, blocks, atime, mtime, ctime;
	u32 atimensec, mtimensec, ctimensec, mode, nlink, uid, gid, rdev, blksize, flags;
	u64 device;
	s64 birth_seconds;
	u32 birth_nanoseconds;
	u32 mask;
};

_Static_assert(sizeof(struct lower_stat) == 112, "LOWER_STAT");

/* linux/fuse.h, struct fuse_kstatfs */
struct fuse_kstatfs {
	u64 blocks, bfree, bavail, files, ffree;
	u32 bsize, namelen, frsize, padding, spare[6];
};

_Static_assert(sizeof(struct fuse_kstatfs) == 80, "fuse_kstatfs");

/* linux/kdev_t.h, new_encode_dev() */
static u32 encode_device(u32 major, u32 minor)
{
	return (minor & 0xff) | major << 8 | (minor & ~0xffu) << 12;
}

static void fill(struct lower_stat *out, const struct statx *in)
{
	int born = in->mask & STATX_BTIME;

	*out = (struct lower_stat){
		.ino = in->ino,
		.size = in->size,
		.blocks = in->blocks,
		.atime = (u64)in->atime.seconds,
		.mtime = (u64)in->mtime.seconds,
		.ctime = (u64)in->ctime.seconds,
		.atimensec = in->atime.nanoseconds,
		.mtimensec = in->mtime.nanoseconds,
		.ctimensec = in->ctime.nanoseconds,
		.mode = in->mode,
		.nlink = in->nlink,
		.uid = in->uid,
		.gid = in->gid,
		.rdev = encode_device(in->rdev_major, in->rdev_minor),
		.blksize = in->blksize,
		.device = (u64)in->dev_major << 32 | in->dev_minor,
		.birth_seconds = born ? in->btime.seconds : 0,
		.birth_nanoseconds = born ? in->btime.nanoseconds : 0,
		.mask = in->mask,
	};
}

s64 call_stat(struct call *call)
{
	int directory = descriptor(call, 0);
	u32 flags = word(call, 2);
	const char *path = name_or_self(call, 1, flags);
	void *at = target(call, 3, sizeof(struct lower_stat));
	struct statx found;
	struct lower_stat out;

	if (call->error)
		return call->error;

	long result = SYSCALL(NR_statx, directory, path, flags, STATX_BASIC_STATS | STATX_BTIME, &found);

	if (result < 0)
		return result;
	fill(&out, &found);
	__builtin_memcpy(at, &out, sizeof(out));
	return 0;
}

s64 call_statfs(struct call *call)
{
	int fd = descriptor(call, 0);
	void *at = target(call, 1, sizeof(struct fuse_kstatfs));
	struct statfs found;

	if (call->error)
		return call->error;

	long result = SYSCALL(NR_fstatfs, fd, &found);

	if (result < 0)
		return result;

	struct fuse_kstatfs out = {
		.blocks = found.blocks,
		.bfree = found.bfree,
		.bavail = found.bavail,
		.files = found.files,
		.ffree = found.ffree,
		.bsize = (u32)found.bsize,
		.namelen = (u32)found.namelen,
		.frsize = (u32)(found.frsize ? found.frsize : found.bsize),
	};

	__builtin_memcpy(at, &out, sizeof(out));
	return 0;
}

s64 call_chmod_fd(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 mode = word(call, 1);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_fchmodat, AT_FDCWD, link.path, mode), fd);
}

s64 call_chown_fd(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 uid = word(call, 1);
	u32 gid = word(call, 2);

	if (call->error)
		return call->error;
	/* With an empty path AT_FDCWD would mean the working directory, which no descriptor names. */
	if (fd < 0)
		return -EBADF;
	return SYSCALL(NR_fchownat, fd, "", uid, gid, AT_EMPTY_PATH);
}

s64 call_utimes_fd(struct call *call)
{
	int fd = descriptor(call, 0);
	const void *at = source(call, 1, 2 * sizeof(struct timespec));
	struct timespec times[2];
	struct procfd link;

	if (call->error)
		return call->error;
	if (fd < 0)
		return -EBADF;
	__builtin_memcpy(times, at, sizeof(times));

	long result = SYSCALL(NR_utimensat, fd, "", times, AT_EMPTY_PATH);

	/* utimensat knows AT_EMPTY_PATH since Linux 5.8. */
	if (result != -EINVAL)
		return result;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_utimensat, AT_FDCWD, link.path, times, 0), fd);
}

s64 call_truncate_fd(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 size = operand(call, 1);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_truncate, link.path, size), fd);
}

s64 call_ftruncate(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 size = operand(call, 1);

	return call->error ? call->error : SYSCALL(NR_ftruncate, fd, size);
}
