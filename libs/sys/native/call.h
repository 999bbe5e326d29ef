/*
 * One call from JavaScript, and the only way its arguments become C values. Every function here checks one
 * argument completely; the first one that is wrong leaves its -errno in `error` and the rest are still safe to
 * take (they come back as 0 or NULL), so a call reads all its arguments and looks at `error` once.
 */
#ifndef SLUICE_CALL_H
#define SLUICE_CALL_H

#include <node_api.h>
#include "kernel.h"

enum { CALL_ARGUMENTS = 6 };

struct call {
	napi_env env;
	napi_value value[CALL_ARGUMENTS];
	s64 error;
};

/* A whole number from `low` to `high`, or -EINVAL. */
s64 integer(struct call *call, int index, s64 low, s64 high);

/* 32 bits: JavaScript's bit operators give them signed, literals unsigned; both are taken. */
u32 word(struct call *call, int index);

/* Any 32-bit value: the kernel knows which are open, and AT_FDCWD. */
int descriptor(struct call *call, int index);

/* A number of bytes; whether it fits is decided by the span it belongs to. */
u64 length(struct call *call, int index);

/*
 * `bytes` at the address in argument `index`: -EFAULT unless wholly inside one arena, a writable one for `target`.
 * More than MAX_TRANSFER bytes are -EINVAL. No bytes need no arena: NULL.
 */
const void *source(struct call *call, int index, u64 bytes);
void *target(struct call *call, int index, u64 bytes);

/* A name or path: -EFAULT if its NUL is not inside the arena, -ENAMETOOLONG if not within PATH_MAX bytes. */
const char *name(struct call *call, int index);

/* The same, and an empty path for address 0 when `flags` has AT_EMPTY_PATH. */
const char *name_or_self(struct call *call, int index, u32 flags);

/* The 64-bit operand at an address. */
u64 operand(struct call *call, int index);

/* A JavaScript string as UTF-8 of less than `capacity` bytes, else -ENAMETOOLONG; a NUL inside is -EINVAL. */
void text(struct call *call, int index, char *into, u64 capacity);

#endif
