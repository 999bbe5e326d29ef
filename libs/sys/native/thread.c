#include "calls.h"
#include "syscall.h"

/* Not the private forms: waiters and wakers may be different processes over one memfd. */
enum { FUTEX_WAIT = 0, FUTEX_WAKE = 1 };

enum { PR_SET_SECUREBITS = 28, SOL_SOCKET = 1, SO_PEERCRED = 17 };

s64 call_futex_wait(struct call *call)
{
	const void *at = source(call, 0, sizeof(u32));
	u32 expected = word(call, 1);
	s64 milliseconds = integer(call, 2, -1, INT32_MAX);
	struct timespec timeout = { milliseconds / 1000, milliseconds % 1000 * 1000000 };

	if (call->error)
		return call->error;
	return SYSCALL(NR_futex, at, FUTEX_WAIT, expected, milliseconds < 0 ? 0 : &timeout);
}

s64 call_futex_wake(struct call *call)
{
	const void *at = source(call, 0, sizeof(u32));
	s64 count = integer(call, 1, 0, INT32_MAX);

	return call->error ? call->error : SYSCALL(NR_futex, at, FUTEX_WAKE, count);
}

s64 call_sched_setaffinity(struct call *call)
{
	u64 bytes = length(call, 1);
	const void *mask = source(call, 0, bytes);

	return call->error ? call->error : SYSCALL(NR_sched_setaffinity, 0, bytes, mask);
}

s64 call_sched_getaffinity(struct call *call)
{
	u64 bytes = length(call, 1);
	void *mask = target(call, 0, bytes);

	return call->error ? call->error : SYSCALL(NR_sched_getaffinity, 0, bytes, mask);
}

s64 call_gettid(struct call *call)
{
	(void)call;
	return SYSCALL(NR_gettid);
}

s64 call_setfsuid(struct call *call)
{
	u32 uid = word(call, 0);

	return call->error ? call->error : SYSCALL(NR_setfsuid, uid);
}

s64 call_setfsgid(struct call *call)
{
	u32 gid = word(call, 0);

	return call->error ? call->error : SYSCALL(NR_setfsgid, gid);
}

s64 call_set_securebits(struct call *call)
{
	u32 bits = word(call, 0);

	return call->error ? call->error : SYSCALL(NR_prctl, PR_SET_SECUREBITS, bits, 0, 0, 0);
}

/* linux/capability.h: version 3, two blocks of effective, permitted and inheritable. pid 0 is the calling thread. */
struct capability_header {
	u32 version;
	s32 pid;
};

enum { CAPABILITY_VERSION_3 = 0x20080522, CAPABILITY_BYTES = 24 };

s64 call_capget(struct call *call)
{
	struct capability_header header = { CAPABILITY_VERSION_3, 0 };
	void *at = target(call, 0, CAPABILITY_BYTES);

	return call->error ? call->error : SYSCALL(NR_capget, &header, at);
}

s64 call_capset(struct call *call)
{
	struct capability_header header = { CAPABILITY_VERSION_3, 0 };
	const void *at = source(call, 0, CAPABILITY_BYTES);

	return call->error ? call->error : SYSCALL(NR_capset, &header, at);
}

s64 call_umask(struct call *call)
{
	u32 mask = word(call, 0);

	return call->error ? call->error : SYSCALL(NR_umask, mask);
}

s64 call_peer_credentials(struct call *call)
{
	u32 credentials[3];
	int bytes = sizeof(credentials);
	int fd = descriptor(call, 0);
	void *at = target(call, 1, sizeof(credentials));

	if (call->error)
		return call->error;

	long result = SYSCALL(NR_getsockopt, fd, SOL_SOCKET, SO_PEERCRED, credentials, &bytes);

	if (result < 0)
		return result;
	if (bytes != sizeof(credentials))
		return -EINVAL;
	__builtin_memcpy(at, credentials, sizeof(credentials));
	return 0;
}
