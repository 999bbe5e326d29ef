#include "calls.h"
#include "syscall.h"

enum { RWF_NOWAIT = 8 };

#define MAX_COPY ((1ull << 31) - 4096)

s64 call_pread(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	void *at = target(call, 1, bytes);
	u64 offset = operand(call, 3);

	return call->error ? call->error : SYSCALL(NR_pread64, fd, at, bytes, offset);
}

s64 call_pread_no_wait(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	struct iovec vector = { target(call, 1, bytes), bytes };
	u64 offset = operand(call, 3);

	if (call->error)
		return call->error;
	/* -1 would mean the file's own position to preadv2. */
	if (offset > INT64_MAX)
		return -EINVAL;
	return SYSCALL(NR_preadv2, fd, &vector, 1, offset, 0, RWF_NOWAIT);
}

s64 call_pwrite(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 2);
	const void *at = source(call, 1, bytes);
	u64 offset = operand(call, 3);

	return call->error ? call->error : SYSCALL(NR_pwrite64, fd, at, bytes, offset);
}

s64 call_readahead(struct call *call)
{
	int fd = descriptor(call, 0);
	u64 bytes = length(call, 1);

	return call->error ? call->error : SYSCALL(NR_readahead, fd, 0, bytes);
}

s64 call_fallocate(struct call *call)
{
	int fd = descriptor(call, 0);
	u32 mode = word(call, 1);
	u64 offset = operand(call, 2);
	u64 bytes = operand(call, 3);

	return call->error ? call->error : SYSCALL(NR_fallocate, fd, mode, offset, bytes);
}

s64 call_lseek(struct call *call)
{
	int fd = descriptor(call, 0);
	void *at = target(call, 1, sizeof(u64));
	u64 offset = operand(call, 1);
	u32 whence = word(call, 2);

	if (call->error)
		return call->error;

	long result = SYSCALL(NR_lseek, fd, offset, whence);

	if (result < 0 && result >= -4095)
		return result;
	__builtin_memcpy(at, &result, sizeof(result));
	return 0;
}

s64 call_fsync(struct call *call)
{
	int fd = descriptor(call, 0);

	return call->error ? call->error : SYSCALL(NR_fsync, fd);
}

s64 call_fdatasync(struct call *call)
{
	int fd = descriptor(call, 0);

	return call->error ? call->error : SYSCALL(NR_fdatasync, fd);
}

s64 call_syncfs(struct call *call)
{
	int fd = descriptor(call, 0);

	return call->error ? call->error : SYSCALL(NR_syncfs, fd);
}

s64 call_copy_file_range(struct call *call)
{
	int from = descriptor(call, 0);
	void *from_offset = target(call, 1, sizeof(u64));
	int to = descriptor(call, 2);
	void *to_offset = target(call, 3, sizeof(u64));
	u64 bytes = length(call, 4);
	u32 flags = word(call, 5);

	if (call->error)
		return call->error;
	if (bytes > MAX_COPY)
		bytes = MAX_COPY;
	return SYSCALL(NR_copy_file_range, from, from_offset, to, to_offset, bytes, flags);
}
