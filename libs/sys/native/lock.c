#include "calls.h"
#include "syscall.h"

/* fcntl(2): locks that belong to the open file description, not to the process. */
enum { F_OFD_GETLK = 36, F_OFD_SETLK = 37 };

enum { F_SETLEASE = 1024, F_RDLCK = 0, F_UNLCK = 2 };

/* struct flock of 64-bit processes: asm-generic/fcntl.h */
enum { FLOCK_BYTES = 32 };

s64 call_flock(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 operation = word(call, 1);

	return call->error ? call->error : SYSCALL(NR_flock, fd, operation);
}

s64 call_lease(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 type = word(call, 1);

	if (call->error)
		return call->error;
	if (type != F_RDLCK && type != F_UNLCK)
		return -EINVAL;
	return SYSCALL(NR_fcntl, fd, F_SETLEASE, type);
}

s64 call_lock_range(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 command = word(call, 1);
	void *at = target(call, 2, FLOCK_BYTES);

	if (call->error)
		return call->error;
	if (command != F_OFD_GETLK && command != F_OFD_SETLK)
		return -EINVAL;
	return SYSCALL(NR_fcntl, fd, command, at);
}
