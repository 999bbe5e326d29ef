#include "call.h"
#include "arena.h"

static s64 fail(struct call *call, s64 error)
{
	if (!call->error)
		call->error = error;
	return 0;
}

s64 integer(struct call *call, int index, s64 low, s64 high)
{
	double given;

	if (napi_get_value_double(call->env, call->value[index], &given) != napi_ok)
		return fail(call, -EINVAL);
	/* Written so that NaN fails, and before the conversion, which is undefined for what s64 cannot hold. */
	if (!(given >= (double)low && given <= (double)high))
		return fail(call, -EINVAL);

	s64 whole = (s64)given;

	return (double)whole == given ? whole : fail(call, -EINVAL);
}

u32 word(struct call *call, int index)
{
	return (u32)integer(call, index, INT32_MIN, UINT32_MAX);
}

int descriptor(struct call *call, int index)
{
	return (int)integer(call, index, INT32_MIN, INT32_MAX);
}

u64 length(struct call *call, int index)
{
	return (u64)integer(call, index, 0, 1ll << 53);
}

/* Addresses outside every arena, negative ones among them, are -EFAULT; what is not a whole number -EINVAL. */
static u64 address(struct call *call, int index)
{
	s64 given = integer(call, index, -(1ll << 53), 1ll << 53);

	if (given < 0)
		fail(call, -EFAULT);
	return given < 0 ? 0 : (u64)given;
}

static void *span(struct call *call, int index, u64 bytes, int writable)
{
	u64 at = address(call, index);
	struct arena_span found;

	if (!bytes || call->error)
		return 0;
	if (!arena_find(at, &found) || bytes > found.bytes || (writable && !found.writable)) {
		fail(call, -EFAULT);
		return 0;
	}
	if (bytes > MAX_TRANSFER) {
		fail(call, -EINVAL);
		return 0;
	}
	return found.at;
}

const void *source(struct call *call, int index, u64 bytes)
{
	return span(call, index, bytes, 0);
}

void *target(struct call *call, int index, u64 bytes)
{
	return span(call, index, bytes, 1);
}

const char *name(struct call *call, int index)
{
	u64 at = address(call, index);
	struct arena_span found;

	if (call->error)
		return 0;
	if (!arena_find(at, &found)) {
		fail(call, -EFAULT);
		return 0;
	}

	const volatile char *bytes = found.at;
	u64 limit = found.bytes < PATH_MAX ? found.bytes : PATH_MAX;

	for (u64 i = 0; i < limit; i++)
		if (!bytes[i])
			return found.at;
	fail(call, limit == PATH_MAX ? -ENAMETOOLONG : -EFAULT);
	return 0;
}

const char *name_or_self(struct call *call, int index, u32 flags)
{
	if ((flags & AT_EMPTY_PATH) && !address(call, index))
		return call->error ? 0 : "";
	return name(call, index);
}

u64 operand(struct call *call, int index)
{
	const void *at = source(call, index, sizeof(u64));
	u64 value = 0;

	if (at)
		__builtin_memcpy(&value, at, sizeof(value));
	return value;
}

void text(struct call *call, int index, char *into, u64 capacity)
{
	napi_value string = call->value[index];
	size_t bytes;

	into[0] = 0;
	if (napi_get_value_string_utf8(call->env, string, 0, 0, &bytes) != napi_ok) {
		fail(call, -EINVAL);
		return;
	}
	if (bytes >= capacity) {
		fail(call, -ENAMETOOLONG);
		return;
	}
	if (napi_get_value_string_utf8(call->env, string, into, capacity, &bytes) != napi_ok)
		fail(call, -EINVAL);
	for (u64 i = 0; i < bytes; i++)
		if (!into[i])
			fail(call, -EINVAL);
}
