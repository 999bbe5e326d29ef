/* The table below is the addon: what JavaScript may call, by which name and with how many arguments. */
#include "calls.h"

struct entry {
	const char *name;
	s64 (*call)(struct call *call);
	u32 arguments;
};

static const struct entry table[] = {
	{ "memfdCreate", call_memfd_create, 2 },
	{ "arenaMap", call_arena_map, 3 },
	{ "arenaMapSession", call_arena_map_session, 2 },
	{ "arenaAllocate", call_arena_allocate, 1 },
	{ "arenaRelease", call_arena_release, 1 },
	{ "exchange", call_exchange, 5 },
	{ "read", call_read, 3 },
	{ "write", call_write, 3 },
	{ "poll", call_poll, 3 },
	{ "ioctl", call_ioctl, 3 },
	{ "openat", call_openat, 4 },
	{ "openat2", call_openat2, 5 },
	{ "close", call_close, 1 },
	{ "mkdirat", call_mkdirat, 3 },
	{ "mknodat", call_mknodat, 4 },
	{ "unlinkat", call_unlinkat, 3 },
	{ "renameat2", call_renameat2, 5 },
	{ "linkat", call_linkat, 5 },
	{ "symlinkat", call_symlinkat, 3 },
	{ "readlinkat", call_readlinkat, 4 },
	{ "getdents64", call_getdents64, 3 },
	{ "stat", call_stat, 4 },
	{ "statfs", call_statfs, 2 },
	{ "chmodFd", call_chmod_fd, 2 },
	{ "chownFd", call_chown_fd, 3 },
	{ "utimesFd", call_utimes_fd, 2 },
	{ "truncateFd", call_truncate_fd, 2 },
	{ "ftruncate", call_ftruncate, 2 },
	{ "reopen", call_reopen, 2 },
	{ "linkFd", call_link_fd, 3 },
	{ "nameToHandle", call_name_to_handle, 5 },
	{ "openByHandle", call_open_by_handle, 3 },
	{ "getxattr", call_getxattr, 4 },
	{ "setxattr", call_setxattr, 5 },
	{ "listxattr", call_listxattr, 3 },
	{ "removexattr", call_removexattr, 2 },
	{ "pread", call_pread, 4 },
	{ "preadNoWait", call_pread_no_wait, 4 },
	{ "pwrite", call_pwrite, 4 },
	{ "readahead", call_readahead, 2 },
	{ "fallocate", call_fallocate, 4 },
	{ "lseek", call_lseek, 3 },
	{ "fsync", call_fsync, 1 },
	{ "fdatasync", call_fdatasync, 1 },
	{ "syncfs", call_syncfs, 1 },
	{ "copyFileRange", call_copy_file_range, 6 },
	{ "flock", call_flock, 2 },
	{ "lockRange", call_lock_range, 3 },
	{ "lease", call_lease, 2 },
	{ "mount", call_mount, 5 },
	{ "umount2", call_umount2, 2 },
	{ "unshare", call_unshare, 1 },
	{ "openPath", call_open_path, 3 },
	{ "socketpair", call_socketpair, 1 },
	{ "receiveDescriptor", call_receive_descriptor, 1 },
	{ "futexWait", call_futex_wait, 3 },
	{ "futexWake", call_futex_wake, 2 },
	{ "schedSetaffinity", call_sched_setaffinity, 2 },
	{ "schedGetaffinity", call_sched_getaffinity, 2 },
	{ "gettid", call_gettid, 0 },
	{ "setfsuid", call_setfsuid, 1 },
	{ "setfsgid", call_setfsgid, 1 },
	{ "setSecurebits", call_set_securebits, 1 },
	{ "capget", call_capget, 1 },
	{ "capset", call_capset, 1 },
	{ "umask", call_umask, 1 },
	{ "peerCredentials", call_peer_credentials, 2 },
};

static napi_value number(napi_env env, s64 result)
{
	napi_value value;
	napi_status status;

	if (result == (s32)result)
		status = napi_create_int32(env, (s32)result, &value);
	else
		status = napi_create_double(env, (double)result, &value);
	return status == napi_ok ? value : 0;
}

/* Arguments left out arrive as undefined, further ones are ignored. */
static napi_value dispatch(napi_env env, napi_callback_info info)
{
	struct call call;
	size_t count = CALL_ARGUMENTS;
	void *data;

	if (napi_get_cb_info(env, info, &count, call.value, 0, &data) != napi_ok)
		return 0;

	const struct entry *entry = data;

	call.env = env;
	call.error = 0;
	return number(env, entry->call(&call));
}

static void add(napi_env env, napi_value exports, const char *name, napi_callback callback, const void *data)
{
	napi_value function;

	if (napi_create_function(env, name, NAPI_AUTO_LENGTH, callback, (void *)data, &function) == napi_ok)
		napi_set_named_property(env, exports, name, function);
}

NAPI_MODULE_INIT()
{
	for (u32 i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		add(env, exports, table[i].name, dispatch, &table[i]);
	add(env, exports, "arenaBuffer", call_arena_buffer, 0);
	return exports;
}
