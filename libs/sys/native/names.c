#include "calls.h"
#include "syscall.h"

s64 call_openat(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	u32 flags = word(call, 2);
	u32 mode = word(call, 3);

	if (call->error)
		return call->error;
	return SYSCALL(NR_openat, directory, path, flags | O_CLOEXEC, mode);
}

s64 call_openat2(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	struct open_how how = {
		.flags = word(call, 2) | O_CLOEXEC,
		.mode = word(call, 3),
		.resolve = word(call, 4),
	};

	if (call->error)
		return call->error;
	return SYSCALL(NR_openat2, directory, path, &how, sizeof(how));
}

s64 call_close(struct call *call)
{
	int fd = descriptor(call, 0);

	return call->error ? call->error : SYSCALL(NR_close, fd);
}

s64 call_mkdirat(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	u32 mode = word(call, 2);

	return call->error ? call->error : SYSCALL(NR_mkdirat, directory, path, mode);
}

s64 call_mknodat(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	u32 mode = word(call, 2);
	u32 device = word(call, 3);

	return call->error ? call->error : SYSCALL(NR_mknodat, directory, path, mode, device);
}

s64 call_unlinkat(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	u32 flags = word(call, 2);

	return call->error ? call->error : SYSCALL(NR_unlinkat, directory, path, flags);
}

static s64 two_names(struct call *call, long number)
{
	int from = descriptor(call, 0);
	const char *from_path = name(call, 1);
	int to = descriptor(call, 2);
	const char *to_path = name(call, 3);
	u32 flags = word(call, 4);

	return call->error ? call->error : SYSCALL(number, from, from_path, to, to_path, flags);
}

s64 call_renameat2(struct call *call)
{
	return two_names(call, NR_renameat2);
}

s64 call_linkat(struct call *call)
{
	return two_names(call, NR_linkat);
}

s64 call_symlinkat(struct call *call)
{
	const char *to = name(call, 0);
	int directory = descriptor(call, 1);
	const char *path = name(call, 2);

	return call->error ? call->error : SYSCALL(NR_symlinkat, to, directory, path);
}

s64 call_readlinkat(struct call *call)
{
	int directory = descriptor(call, 0);
	const char *path = name(call, 1);
	u64 bytes = length(call, 3);
	void *at = target(call, 2, bytes);

	return call->error ? call->error : SYSCALL(NR_readlinkat, directory, path, at, bytes);
}

s64 call_getdents64(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	void *at = target(call, 1, bytes);

	return call->error ? call->error : SYSCALL(NR_getdents64, fd, at, bytes);
}
