#include "calls.h"
#include "procfd.h"
#include "syscall.h"

s64 call_getxattr(struct call *call)
{
	int fd = descriptor(call, 0);
	const char *attribute = name(call, 1);
	u64 bytes = length(call, 3);
	void *at = target(call, 2, bytes);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_getxattr, link.path, attribute, at, bytes), fd);
}

s64 call_setxattr(struct call *call)
{
	int fd = descriptor(call, 0);
	const char *attribute = name(call, 1);
	u64 bytes = length(call, 3);
	const void *at = source(call, 2, bytes);
	u32 flags = word(call, 4);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_setxattr, link.path, attribute, at, bytes, flags), fd);
}

s64 call_listxattr(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	void *at = target(call, 1, bytes);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_listxattr, link.path, at, bytes), fd);
}

s64 call_removexattr(struct call *call)
{
	int fd = descriptor(call, 0);
	const char *attribute = name(call, 1);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_removexattr, link.path, attribute), fd);
}
