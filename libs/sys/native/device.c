#include "calls.h"
#include "syscall.h"

enum { EXCHANGE_REPLY_FAILED = 10000 };

/* linux/fuse.h: the type of every ioctl of /dev/fuse; linux/fs.h: the flags and extended flags of an inode. */
enum { FUSE_DEV_IOC_MAGIC = 229 };

#define FS_IOC_GETFLAGS 0x80086601u
#define FS_IOC_SETFLAGS 0x40086602u
#define FS_IOC_FSGETXATTR 0x801c581fu
#define FS_IOC_FSSETXATTR 0x401c5820u
#define IOC_TYPE(request) ((request) >> 8 & 0xff)
#define IOC_SIZE(request) ((request) >> 16 & 0x3fff)
#define IOC_READ 0x80000000u

s64 call_exchange(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 reply_bytes = length(call, 2);
	const void *reply = source(call, 1, reply_bytes);
	u64 capacity = length(call, 4);
	void *request = target(call, 3, capacity);

	if (call->error)
		return call->error;
	if (reply_bytes) {
		long written = SYSCALL(NR_write, fd, reply, reply_bytes);

		if (written < 0)
			return written - EXCHANGE_REPLY_FAILED;
		if ((u64)written != reply_bytes)
			return -(EXCHANGE_REPLY_FAILED + EIO);
	}
	return SYSCALL(NR_read, fd, request, capacity);
}

s64 call_read(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	void *at = target(call, 1, bytes);

	return call->error ? call->error : SYSCALL(NR_read, fd, at, bytes);
}

s64 call_write(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	const void *at = source(call, 1, bytes);

	return call->error ? call->error : SYSCALL(NR_write, fd, at, bytes);
}

s64 call_poll(struct call *call)
{
	struct pollfd polled = {
		.fd = descriptor(call, 0),
		.events = (short)integer(call, 1, 0, INT16_MAX),
	};
	s64 milliseconds = integer(call, 2, -1, INT32_MAX);
	struct timespec timeout = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	if (call->error)
		return call->error;
	/* The kernel passes over a negative descriptor, and would wait for nothing. */
	if (polled.fd < 0)
		return -EBADF;

	long ready = SYSCALL(NR_ppoll, &polled, 1, milliseconds < 0 ? 0 : &timeout, 0, 0);

	return ready > 0 ? (u16)polled.revents : ready;
}

static int ioctl_allowed(u32 request)
{
	switch (request) {
	case FS_IOC_GETFLAGS:
	case FS_IOC_SETFLAGS:
	case FS_IOC_FSGETXATTR:
	case FS_IOC_FSSETXATTR:
		return 1;
	default:
		return IOC_TYPE(request) == FUSE_DEV_IOC_MAGIC;
	}
}

/*
 * By way of a copy, because drivers are free to look at the request's number alone and move more or fewer bytes
 * than the size in it says.
 */
s64 call_ioctl(struct call *call)
{
	u8 argument[256] = { 0 };
	int fd = descriptor(call, 0);
	u32 request = word(call, 1);
	u64 bytes = IOC_SIZE(request);

	if (call->error)
		return call->error;
	if (!ioctl_allowed(request))
		return -EPERM;
	if (bytes > sizeof(argument))
		return -EINVAL;

	const void *in = source(call, 2, bytes);
	void *out = request & IOC_READ ? target(call, 2, bytes) : 0;

	if (call->error)
		return call->error;
	if (in)
		__builtin_memcpy(argument, in, bytes);

	long result = SYSCALL(NR_ioctl, fd, request, argument);

	if (result >= 0 && out)
		__builtin_memcpy(out, argument, bytes);
	return result;
}
