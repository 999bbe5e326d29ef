/*
 * The calls as src/native.ts describes them, in its order by file. Each takes its arguments from `call` and gives a
 * result of 0 or more, or -errno.
 */
#ifndef SLUICE_CALLS_H
#define SLUICE_CALLS_H

#include "call.h"

/* arena.c */
napi_value call_arena_buffer(napi_env env, napi_callback_info info);
s64 call_memfd_create(struct call *call);
s64 call_arena_map(struct call *call);
s64 call_arena_map_session(struct call *call);
s64 call_arena_allocate(struct call *call);
s64 call_arena_release(struct call *call);

/* device.c */
s64 call_exchange(struct call *call);
s64 call_read(struct call *call);
s64 call_write(struct call *call);
s64 call_poll(struct call *call);
s64 call_ioctl(struct call *call);

/* names.c */
s64 call_openat(struct call *call);
s64 call_openat2(struct call *call);
s64 call_close(struct call *call);
s64 call_mkdirat(struct call *call);
s64 call_mknodat(struct call *call);
s64 call_unlinkat(struct call *call);
s64 call_renameat2(struct call *call);
s64 call_linkat(struct call *call);
s64 call_symlinkat(struct call *call);
s64 call_readlinkat(struct call *call);
s64 call_getdents64(struct call *call);

/* attributes.c */
s64 call_stat(struct call *call);
s64 call_statfs(struct call *call);
s64 call_chmod_fd(struct call *call);
s64 call_chown_fd(struct call *call);
s64 call_utimes_fd(struct call *call);
s64 call_truncate_fd(struct call *call);
s64 call_ftruncate(struct call *call);

/* handles.c */
s64 call_reopen(struct call *call);
s64 call_link_fd(struct call *call);
s64 call_name_to_handle(struct call *call);
s64 call_open_by_handle(struct call *call);

/* xattr.c */
s64 call_getxattr(struct call *call);
s64 call_setxattr(struct call *call);
s64 call_listxattr(struct call *call);
s64 call_removexattr(struct call *call);

/* data.c */
s64 call_pread(struct call *call);
s64 call_pread_no_wait(struct call *call);
s64 call_pwrite(struct call *call);
s64 call_readahead(struct call *call);
s64 call_fallocate(struct call *call);
s64 call_lseek(struct call *call);
s64 call_fsync(struct call *call);
s64 call_fdatasync(struct call *call);
s64 call_syncfs(struct call *call);
s64 call_copy_file_range(struct call *call);

/* mount.c */
s64 call_mount(struct call *call);
s64 call_umount2(struct call *call);
s64 call_unshare(struct call *call);
s64 call_open_path(struct call *call);

/* socket.c */
s64 call_socketpair(struct call *call);
s64 call_receive_descriptor(struct call *call);

/* lock.c */
s64 call_flock(struct call *call);
s64 call_lock_range(struct call *call);
s64 call_lease(struct call *call);

/* thread.c */
s64 call_futex_wait(struct call *call);
s64 call_futex_wake(struct call *call);
s64 call_sched_setaffinity(struct call *call);
s64 call_sched_getaffinity(struct call *call);
s64 call_gettid(struct call *call);
s64 call_setfsuid(struct call *call);
s64 call_setfsgid(struct call *call);
s64 call_set_securebits(struct call *call);
s64 call_capget(struct call *call);
s64 call_capset(struct call *call);
s64 call_umask(struct call *call);
s64 call_peer_credentials(struct call *call);

#endif
