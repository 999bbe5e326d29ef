#include "procfd.h"
#include "kernel.h"
#include "syscall.h"

void procfd(struct procfd *into, int fd)
{
	static const char prefix[] = "/proc/self/fd/";
	char digits[10];
	int count = 0;
	char *out = into->path + sizeof(prefix) - 1;

	__builtin_memcpy(into->path, prefix, sizeof(prefix));
	if (fd < 0)
		*out++ = '-';
	for (u32 rest = fd < 0 ? 0 : (u32)fd; rest || !count; rest /= 10)
		digits[count++] = (char)('0' + rest % 10);
	while (count)
		*out++ = digits[--count];
	*out = 0;
}

long procfd_result(long result, int fd)
{
	return result == -ENOENT && SYSCALL(NR_fcntl, fd, F_GETFD) == -EBADF ? -EBADF : result;
}
