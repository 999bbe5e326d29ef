/*
 * The four functions that compilers call of their own accord. Built with -fno-tree-loop-distribute-patterns, or
 * these loops would become calls to themselves.
 */
#include <stddef.h>

void *memcpy(void *restrict to, const void *restrict from, size_t bytes)
{
	char *out = to;
	const char *in = from;

	while (bytes--)
		*out++ = *in++;
	return to;
}

void *memmove(void *to, const void *from, size_t bytes)
{
	char *out = to;
	const char *in = from;

	if (out <= in)
		return memcpy(to, from, bytes);
	while (bytes--)
		out[bytes] = in[bytes];
	return to;
}

void *memset(void *at, int value, size_t bytes)
{
	char *out = at;

	while (bytes--)
		*out++ = (char)value;
	return at;
}

int memcmp(const void *left, const void *right, size_t bytes)
{
	const unsigned char *a = left;
	const unsigned char *b = right;

	for (; bytes--; a++, b++)
		if (*a != *b)
			return *a - *b;
	return 0;
}
