/*
 * "/proc/self/fd/<fd>": the way to what an O_PATH descriptor refers to, for calls that take a path only or refuse
 * such descriptors. The link leads to the object itself, wherever it was moved since; /proc must be mounted.
 */
#ifndef SLUICE_PROCFD_H
#define SLUICE_PROCFD_H

struct procfd {
	char path[32];
};

/* A negative `fd` gives a path that does not exist. */
void procfd(struct procfd *into, int fd);

/* A missing path under /proc may be a missing descriptor: then -ENOENT becomes -EBADF. */
long procfd_result(long result, int fd);

#endif
