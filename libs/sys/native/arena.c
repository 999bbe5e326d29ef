#include "arena.h"
#include "calls.h"
#include "syscall.h"

enum {
	PROT_NONE = 0,
	PROT_READ = 1,
	PROT_WRITE = 2,
	MAP_SHARED = 1,
	MAP_PRIVATE = 2,
	MAP_FIXED = 0x10,
	MAP_ANONYMOUS = 0x20,
	MAP_NORESERVE = 0x4000,
};

enum { MFD_CLOEXEC = 1, MFD_ALLOW_SEALING = 2 };

enum arena_state { ABSENT, READABLE, WRITABLE };

struct arena {
	char *base;
	u64 bytes;
	u32 state;
};

/* Number 0 is the session arena, of which a process has one at most; the others start at 1. */
enum { ARENAS = 4096, NUMBER_SHIFT = 40 };

#define OFFSET_MASK ((1ull << NUMBER_SHIFT) - 1)
#define MAX_BYTES (1ll << 39)

/* A multiple of every page size of x86-64 and arm64: what follows an arena is never accessible. */
#define GUARD (64ull << 10)

static struct arena arenas[ARENAS];
static struct arena session;
static u32 session_taken;
static u32 used;

static struct arena *arena_at(u64 address)
{
	u64 number = address >> NUMBER_SHIFT;

	if (number == 0)
		return &session;
	return number <= ARENAS ? &arenas[number - 1] : 0;
}

int arena_find(u64 address, struct arena_span *found)
{
	const struct arena *arena = arena_at(address);
	u64 offset = address & OFFSET_MASK;

	if (!arena)
		return 0;

	u32 state = __atomic_load_n(&arena->state, __ATOMIC_ACQUIRE);

	if (state == ABSENT || offset > arena->bytes)
		return 0;
	found->at = arena->base + offset;
	found->bytes = arena->bytes - offset;
	found->writable = state == WRITABLE;
	return 1;
}

static long map(void *at, u64 bytes, int protection, int flags, int fd)
{
	return SYSCALL(NR_mmap, at, bytes, protection, flags, fd, 0);
}

static int failed(long result)
{
	return result < 0 && result >= -4095;
}

static u64 reserved_bytes(u64 bytes)
{
	return ((bytes + GUARD - 1) & ~(GUARD - 1)) + GUARD;
}

static void fill(struct arena *arena, char *base, u64 bytes, enum arena_state state)
{
	arena->base = base;
	arena->bytes = bytes;
	__atomic_store_n(&arena->state, state, __ATOMIC_RELEASE);
}

static s64 publish(char *base, u64 bytes, enum arena_state state)
{
	if (__atomic_load_n(&used, __ATOMIC_RELAXED) >= ARENAS)
		return -ENOSPC;

	u32 index = __atomic_fetch_add(&used, 1, __ATOMIC_RELAXED);

	if (index >= ARENAS)
		return -ENOSPC;
	fill(&arenas[index], base, bytes, state);
	return (s64)(index + 1) << NUMBER_SHIFT;
}

/* Where the arena begins, or a negative errno. */
static long map_guarded(u64 bytes, enum arena_state state, int flags, int fd)
{
	u64 reserved = reserved_bytes(bytes);
	long base = map(0, reserved, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1);

	if (failed(base))
		return base;

	int protection = state == WRITABLE ? PROT_READ | PROT_WRITE : PROT_READ;
	long result = map((void *)base, bytes, protection, flags | MAP_FIXED, fd);

	if (failed(result))
		SYSCALL(NR_munmap, base, reserved);
	return result;
}

static s64 create(u64 bytes, enum arena_state state, int flags, int fd)
{
	long base = map_guarded(bytes, state, flags, fd);

	if (failed(base))
		return base;

	s64 result = publish((char *)base, bytes, state);

	if (failed(result))
		SYSCALL(NR_munmap, base, reserved_bytes(bytes));
	return result;
}

/* A mapping beyond the end of its file would be memory whose first touch is a SIGBUS. */
static s64 check_file(int fd, u64 bytes)
{
	struct statx file;
	long result = SYSCALL(NR_statx, fd, "", AT_EMPTY_PATH, STATX_TYPE | STATX_SIZE, &file);

	if (result < 0)
		return result;
	return (file.mode & S_IFMT) == S_IFREG && file.size >= bytes ? 0 : -EINVAL;
}

s64 call_memfd_create(struct call *call)
{
	char label[256];
	s64 bytes = integer(call, 1, 0, MAX_BYTES);

	text(call, 0, label, sizeof(label));
	if (call->error)
		return call->error;

	long fd = SYSCALL(NR_memfd_create, label, MFD_CLOEXEC | MFD_ALLOW_SEALING);

	if (fd < 0)
		return fd;

	long result = SYSCALL(NR_ftruncate, fd, bytes);

	if (!result)
		result = SYSCALL(NR_fcntl, fd, F_ADD_SEALS, F_SEAL_SHRINK);
	if (result < 0) {
		SYSCALL(NR_close, fd);
		return result;
	}
	return fd;
}

s64 call_arena_map(struct call *call)
{
	int fd = descriptor(call, 0);
	s64 bytes = integer(call, 1, 1, MAX_BYTES);
	s64 read_only = integer(call, 2, 0, 1);

	if (call->error)
		return call->error;

	s64 unfit = check_file(fd, (u64)bytes);

	if (unfit)
		return unfit;
	return create((u64)bytes, read_only ? READABLE : WRITABLE, MAP_SHARED, fd);
}

s64 call_arena_map_session(struct call *call)
{
	int fd = descriptor(call, 0);
	s64 bytes = integer(call, 1, 1, MAX_BYTES);

	if (call->error)
		return call->error;

	s64 unfit = check_file(fd, (u64)bytes);

	if (unfit)
		return unfit;
	if (__atomic_exchange_n(&session_taken, 1, __ATOMIC_ACQ_REL))
		return -EBUSY;

	long base = map_guarded((u64)bytes, WRITABLE, MAP_SHARED, fd);

	if (failed(base)) {
		__atomic_store_n(&session_taken, 0, __ATOMIC_RELEASE);
		return base;
	}
	fill(&session, (char *)base, (u64)bytes, WRITABLE);
	return 0;
}

s64 call_arena_allocate(struct call *call)
{
	s64 bytes = integer(call, 0, 1, MAX_BYTES);

	if (call->error)
		return call->error;
	return create((u64)bytes, WRITABLE, MAP_PRIVATE | MAP_ANONYMOUS, -1);
}

s64 call_arena_release(struct call *call)
{
	u64 base = length(call, 0);

	if (call->error)
		return call->error;

	struct arena *arena = arena_at(base);

	if (!arena)
		return -EFAULT;
	if (base & OFFSET_MASK)
		return -EINVAL;
	if (__atomic_exchange_n(&arena->state, ABSENT, __ATOMIC_ACQ_REL) == ABSENT)
		return -EFAULT;

	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
	long result = map(arena->base, arena->bytes, PROT_READ | PROT_WRITE, flags, -1);

	/* A failed replacement may have unmapped the range; nothing else may ever be mapped under a held buffer. */
	if (failed(result))
		map(arena->base, arena->bytes, PROT_NONE, flags, -1);
	return failed(result) ? result : 0;
}

napi_value call_arena_buffer(napi_env env, napi_callback_info info)
{
	struct call call = { .env = env };
	size_t count = 1;
	struct arena_span found;
	napi_value buffer;

	if (napi_get_cb_info(env, info, &count, call.value, 0, 0) != napi_ok)
		return 0;

	u64 base = length(&call, 0);

	if (!call.error && !(base & OFFSET_MASK) && arena_find(base, &found)) {
		if (napi_create_external_arraybuffer(env, found.at, found.bytes, 0, 0, &buffer) == napi_ok)
			return buffer;

		/* More than an ArrayBuffer of this runtime can hold is said by an exception, which is not our way. */
		napi_value exception;

		napi_get_and_clear_last_exception(env, &exception);
	}
	return napi_get_null(env, &buffer) == napi_ok ? buffer : 0;
}
