#include "calls.h"
#include "syscall.h"

s64 call_mount(struct call *call)
{
	char from[PATH_MAX], at[PATH_MAX], type[256], data[PATH_MAX];
	u32 flags = word(call, 3);

	text(call, 0, from, sizeof(from));
	text(call, 1, at, sizeof(at));
	text(call, 2, type, sizeof(type));
	text(call, 4, data, sizeof(data));
	if (call->error)
		return call->error;
	return SYSCALL(NR_mount, from, at, type, flags, data);
}

s64 call_umount2(struct call *call)
{
	char at[PATH_MAX];
	u32 flags = word(call, 1);

	text(call, 0, at, sizeof(at));
	return call->error ? call->error : SYSCALL(NR_umount2, at, flags);
}

s64 call_unshare(struct call *call)
{
	u32 flags = word(call, 0);

	return call->error ? call->error : SYSCALL(NR_unshare, flags);
}

s64 call_open_path(struct call *call)
{
	char path[PATH_MAX];
	u32 flags = word(call, 1);
	u32 mode = word(call, 2);

	text(call, 0, path, sizeof(path));
	if (call->error)
		return call->error;
	return SYSCALL(NR_openat, AT_FDCWD, path, flags | O_CLOEXEC, mode);
}
