/*
 * Arenas: the only memory that calls read and write. The table is static, hence one for all threads that load
 * the addon, and its entries are only ever added or marked released: a span found stays mapped for the life of
 * the process, so finding one needs no lock.
 */
#ifndef SLUICE_ARENA_H
#define SLUICE_ARENA_H

#include "kernel.h"

/* From an address to the end of its arena. */
struct arena_span {
	void *at;
	u64 bytes;
	int writable;
};

/* `address` is number * 2^40 + offset. 0 if there is no such arena, or it was released, or ends before. */
int arena_find(u64 address, struct arena_span *found);

#endif
