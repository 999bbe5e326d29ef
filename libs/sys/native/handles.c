#include "calls.h"
#include "procfd.h"
#include "syscall.h"

enum { HANDLE_HEADER = 8 };

s64 call_reopen(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 flags = word(call, 1);
	struct procfd link;

	if (call->error)
		return call->error;
	procfd(&link, fd);
	return procfd_result(SYSCALL(NR_openat, AT_FDCWD, link.path, flags | O_CLOEXEC, 0), fd);
}

s64 call_link_fd(struct call *call)
{
	int fd = descriptor(call, 0);
	int directory = descriptor(call, 1);
	const char *path = name(call, 2);
	struct procfd link;

	if (call->error)
		return call->error;
	if (fd < 0)
		return -EBADF;

	long result = SYSCALL(NR_linkat, fd, "", directory, path, AT_EMPTY_PATH);

	/* Without CAP_DAC_READ_SEARCH the empty path is refused, by either errno; the way through /proc is not. */
	if (result != -ENOENT && result != -EPERM)
		return result;
	procfd(&link, fd);
	result = SYSCALL(NR_linkat, AT_FDCWD, link.path, directory, path, AT_SYMLINK_FOLLOW);
	return procfd_result(result, fd);
}

/*
 * Handles pass through a copy on the stack: their own length field decides how much the kernel moves, and another
 * thread could change it in the arena after it was checked.
 */
s64 call_name_to_handle(struct call *call)
{
	struct file_handle handle = { 0 };
	int mount_id;
	int directory = descriptor(call, 0);
	u64 capacity = (u64)integer(call, 3, 0, sizeof(handle.data));
	u32 flags = word(call, 4);
	const char *path = name_or_self(call, 1, flags);
	void *at = target(call, 2, HANDLE_HEADER + capacity);

	if (call->error)
		return call->error;
	handle.bytes = (u32)capacity;

	long result = SYSCALL(NR_name_to_handle_at, directory, path, &handle, &mount_id, flags);

	if (result == -EOVERFLOW)
		__builtin_memcpy(at, &handle, HANDLE_HEADER);
	if (result < 0)
		return result;
	if (handle.bytes > capacity)
		return -EOVERFLOW;
	__builtin_memcpy(at, &handle, HANDLE_HEADER + handle.bytes);
	return 0;
}

s64 call_open_by_handle(struct call *call)
{
	struct file_handle handle;
	int mount_fd = descriptor(call, 0);
	const void *header = source(call, 1, HANDLE_HEADER);
	u32 flags = word(call, 2);

	if (call->error)
		return call->error;
	__builtin_memcpy(&handle, header, HANDLE_HEADER);
	if (handle.bytes > sizeof(handle.data))
		return -EINVAL;

	u64 bytes = HANDLE_HEADER + handle.bytes;
	const u8 *whole = source(call, 1, bytes);

	if (call->error)
		return call->error;
	__builtin_memcpy(handle.data, whole + HANDLE_HEADER, handle.bytes);
	return SYSCALL(NR_open_by_handle_at, mount_fd, &handle, flags | O_CLOEXEC);
}
