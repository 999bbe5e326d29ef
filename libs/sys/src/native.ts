/**
 * The calls of the native addon, one system call each unless its comment says otherwise.
 *
 * - Every call returns a number: a result of 0 or more, or `-errno`. Nothing throws; an argument of the wrong
 *   kind is `-EINVAL`, an address or length that is not wholly inside its arena `-EFAULT`.
 * - Memory is named by an **address**: `arena * 2^40 + offset`, a plain number. An arena is made by `arenaMap`
 *   or `arenaAllocate`, lives as long as the process and is known to all its threads by the same number.
 * - A **path or name** argument is the address of a NUL-terminated byte string of at most 4,096 bytes inside the arena:
 *   `-EFAULT` if the arena ends before its NUL, `-ENAMETOOLONG` if 4,096 bytes hold none.
 * - A 64-bit operand (file offset, length) is given by the address of its 8 little-endian bytes, so that no value is
 *   rounded through a double.
 * - At most 0x7ffff000 bytes move in one call (`-EINVAL` beyond). A length of 0 needs no arena: its address may be 0.
 * - Every descriptor is made with O_CLOEXEC. Flags and modes are 32 bits, signed or unsigned.
 */
export type Address = number;

/** What a system call gives: 0 or more, or a negated errno. */
export type Result = number;

export interface NativeCalls {
  // --- arenas -------------------------------------------------------------------------------------------------
  /**
   * memfd_create(2) with MFD_CLOEXEC, sized to `bytes` (at most 2^39) and sealed against shrinking, so that no process
   * that holds it can make another's mapping of it fault. The descriptor.
   */
  memfdCreate(name: string, bytes: number): Result;
  /**
   * Maps `bytes` (1 to 2^39) of the regular file or memfd `fd` from its start, shared, readable and writable
   * (`readOnly` 1: readable). The base address; `-EINVAL` if the file is shorter.
   * Two things end the process by a signal, as with any mapping: a JavaScript write into a `readOnly` arena (SIGSEGV;
   * the calls themselves give `-EFAULT`), and access to pages of a file that was truncated since (SIGBUS): map memfds of
   * `memfdCreate`, or files that nobody else can truncate.
   */
  arenaMap(fd: number, bytes: number, readOnly: number): Result;
  /**
   * Maps `bytes` of `fd` as `arenaMap` does, as arena 0: 0, or `-EBUSY` if the process has one. Its addresses are plain
   * offsets, which the engine keeps as small integers: arithmetic on them allocates nothing on the serving path.
   */
  arenaMapSession(fd: number, bytes: number): Result;
  /** Maps `bytes` of zeroed private memory. The base address. */
  arenaAllocate(bytes: number): Result;
  /**
   * The arena's memory as an ArrayBuffer over the very same pages; a new ArrayBuffer a call. `null` if there is none, or
   * it is larger than the runtime's ArrayBuffers (4 GiB on Node 20). Make one per thread and keep it: each counts its
   * whole size towards the next garbage collection. It cannot be transferred to another thread.
   */
  arenaBuffer(base: Address): ArrayBuffer | null;
  /**
   * Gives the arena's pages back. Its address range stays reserved and reads as zeroes, so buffers still held are
   * harmless; its number is not used again (4,096 arenas in the life of a process, then `-ENOSPC`).
   */
  arenaRelease(base: Address): Result;

  // --- the FUSE device ----------------------------------------------------------------------------------------
  /**
   * Writes the reply of `replyBytes` (0: none) to `fd`, then blocks for the next request. Bytes of the request, or:
   * `-errno` of the read; `-(EXCHANGE_REPLY_FAILED + errno)` if the write failed, in which case nothing was read.
   */
  exchange(
    fd: number,
    replyAt: Address,
    replyBytes: number,
    requestAt: Address,
    requestCapacity: number,
  ): Result;
  read(fd: number, at: Address, bytes: number): Result;
  write(fd: number, at: Address, bytes: number): Result;
  /** Waits for `events` (POLLIN 1, POLLOUT 4): the returned events, 0 after `timeoutMs` (-1: no limit). */
  poll(fd: number, events: number, timeoutMs: number): Result;
  /**
   * ioctl(2) with a pointer to its argument. Refused with `-EPERM` unless the request is one of the FUSE device's
   * (type 229) or FS_IOC_GETFLAGS/SETFLAGS/FSGETXATTR/FSSETXATTR; `_IOC_SIZE` bytes (at most 256) must lie inside the
   * arena. They are written back when the request's direction has _IOC_READ and the call succeeds.
   */
  ioctl(fd: number, request: number, argumentAt: Address): Result;

  // --- names beneath a directory ------------------------------------------------------------------------------
  openat(directory: number, pathAt: Address, flags: number, mode: number): Result;
  /** openat2(2); `resolve` is RESOLVE_*. `-ENOSYS` before Linux 5.6. */
  openat2(directory: number, pathAt: Address, flags: number, mode: number, resolve: number): Result;
  close(fd: number): Result;
  mkdirat(directory: number, nameAt: Address, mode: number): Result;
  mknodat(directory: number, nameAt: Address, mode: number, device: number): Result;
  unlinkat(directory: number, nameAt: Address, flags: number): Result;
  renameat2(from: number, fromAt: Address, to: number, toAt: Address, flags: number): Result;
  linkat(from: number, fromAt: Address, to: number, toAt: Address, flags: number): Result;
  symlinkat(targetAt: Address, directory: number, nameAt: Address): Result;
  /** Bytes of the target (no NUL). `pathAt` may be an empty string for an O_PATH descriptor of the link itself. */
  readlinkat(directory: number, pathAt: Address, at: Address, bytes: number): Result;
  getdents64(fd: number, at: Address, bytes: number): Result;

  // --- attributes ---------------------------------------------------------------------------------------------
  /**
   * statx(2) written as a {@link LOWER_STAT} record (112 bytes at `outAt`). `flags`: AT_SYMLINK_NOFOLLOW, AT_EMPTY_PATH.
   * `pathAt` 0 with AT_EMPTY_PATH: the descriptor itself.
   */
  stat(directory: number, pathAt: Address, flags: number, outAt: Address): Result;
  /** fstatfs(2) written as `fuse_kstatfs` (80 bytes). Works on O_PATH descriptors. */
  statfs(fd: number, outAt: Address): Result;
  /** The calls below up to `truncateFd` go through `/proc/self/fd/<fd>` (or AT_EMPTY_PATH), so the descriptor may be O_PATH. */
  chmodFd(fd: number, mode: number): Result;
  /** uid or gid -1: unchanged. A symlink's own owner for an O_PATH|O_NOFOLLOW descriptor. */
  chownFd(fd: number, uid: number, gid: number): Result;
  /** Two `struct timespec` (32 bytes) at `timesAt`: access, modification; UTIME_NOW and UTIME_OMIT as in utimensat(2). */
  utimesFd(fd: number, timesAt: Address): Result;
  truncateFd(fd: number, sizeAt: Address): Result;
  ftruncate(fd: number, sizeAt: Address): Result;
  /** Another open file of what `fd` (O_PATH allowed, not a symlink) refers to, by way of `/proc/self/fd/<fd>`. */
  reopen(fd: number, flags: number): Result;
  /** Links what `fd` refers to (O_PATH or O_TMPFILE) as `nameAt` beneath `directory`. */
  linkFd(fd: number, directory: number, nameAt: Address): Result;

  // --- extended attributes, through /proc/self/fd/<fd>: O_PATH allowed, symlinks themselves ----------------------
  getxattr(fd: number, nameAt: Address, at: Address, bytes: number): Result;
  setxattr(fd: number, nameAt: Address, at: Address, bytes: number, flags: number): Result;
  listxattr(fd: number, at: Address, bytes: number): Result;
  removexattr(fd: number, nameAt: Address): Result;

  // --- data ---------------------------------------------------------------------------------------------------
  pread(fd: number, at: Address, bytes: number, offsetAt: Address): Result;
  /** preadv2(2) with RWF_NOWAIT: `-EAGAIN` if the bytes are not in the page cache. */
  preadNoWait(fd: number, at: Address, bytes: number, offsetAt: Address): Result;
  pwrite(fd: number, at: Address, bytes: number, offsetAt: Address): Result;
  /** readahead(2) from the start of the file. Whole bytes. */
  readahead(fd: number, bytes: number): Result;
  fallocate(fd: number, mode: number, offsetAt: Address, lengthAt: Address): Result;
  /** Reads the offset at `offsetAt`, stores the resulting one there. 0 or -errno. */
  lseek(fd: number, offsetAt: Address, whence: number): Result;
  fsync(fd: number): Result;
  fdatasync(fd: number): Result;
  syncfs(fd: number): Result;
  /** Bytes copied, at most 2^31 - 4096 a call. The offsets at their addresses are advanced by the kernel. */
  copyFileRange(
    from: number,
    fromOffsetAt: Address,
    to: number,
    toOffsetAt: Address,
    bytes: number,
    flags: number,
  ): Result;

  // --- file handles -------------------------------------------------------------------------------------------
  /**
   * name_to_handle_at(2): a `struct file_handle` (u32 handle_bytes, i32 handle_type, bytes) at `handleAt`, at most
   * `capacity` (0 to 128) bytes of handle; `-EOVERFLOW` with the size needed in handle_bytes. The mount id is dropped.
   * `pathAt` 0 with AT_EMPTY_PATH: the descriptor itself.
   */
  nameToHandle(
    directory: number,
    pathAt: Address,
    handleAt: Address,
    capacity: number,
    flags: number,
  ): Result;
  openByHandle(mountFd: number, handleAt: Address, flags: number): Result;

  // --- locks --------------------------------------------------------------------------------------------------
  /** flock(2); `operation` LOCK_SH 1, LOCK_EX 2, LOCK_NB 4, LOCK_UN 8. */
  flock(fd: number, operation: number): Result;
  /**
   * fcntl(2) with F_OFD_GETLK or F_OFD_SETLK (`-EINVAL` otherwise) and the `struct flock` (32 bytes) at `at`, which is
   * written back. Does not wait: a conflict is `-EAGAIN`.
   */
  lockRange(fd: number, command: number, at: Address): Result;

  /**
   * fcntl(2) with F_SETLEASE and F_RDLCK or F_UNLCK: a read lease is `-EAGAIN` while anybody has the file open for writing,
   * or mapped from such an open. A program that opens it for writing while the lease is held waits for its end, and the
   * process gets a SIGIO, which ends it unless it has a handler.
   */
  lease(fd: number, type: number): Result;

  // --- mounting -----------------------------------------------------------------------------------------------
  mount(source: string, target: string, type: string, flags: number, data: string): Result;
  umount2(target: string, flags: number): Result;
  /** unshare(2) of the calling thread. */
  unshare(flags: number): Result;
  /** open(2) of a path from configuration; never used on the serving path. */
  openPath(path: string, flags: number, mode: number): Result;

  // --- descriptors from another process -----------------------------------------------------------------------
  /** socketpair(2): two connected unix stream sockets, as two u32 at `outAt`. */
  socketpair(outAt: Address): Result;
  /**
   * recvmsg(2) of one byte on the unix socket `fd`, and the one descriptor that comes with it (SCM_RIGHTS). Does not wait:
   * `-EAGAIN`. `-ENODATA`: the other end is closed and sent none. `-EBADMSG`: the byte came without a descriptor or with
   * several, which are closed.
   */
  receiveDescriptor(fd: number): Result;

  // --- threads and processes ----------------------------------------------------------------------------------
  /** Waits while the u32 at `at` (in a shared arena) equals `expected`. 0, `-EAGAIN`, `-EINTR` or `-ETIMEDOUT`. */
  futexWait(at: Address, expected: number, timeoutMs: number): Result;
  /** Wakes up to `count` waiters; how many were woken. */
  futexWake(at: Address, count: number): Result;
  /** CPU set of the calling thread: `bytes` of mask at `maskAt`. */
  schedSetaffinity(maskAt: Address, bytes: number): Result;
  schedGetaffinity(maskAt: Address, bytes: number): Result;
  gettid(): Result;
  /** Of the calling thread only: the raw call. The previous value. */
  setfsuid(uid: number): Result;
  setfsgid(gid: number): Result;
  /** prctl(PR_SET_SECUREBITS) of the calling thread. */
  setSecurebits(bits: number): Result;
  /**
   * capget(2) and capset(2) of the calling thread: two blocks of effective, permitted and inheritable u32 sets, 24 bytes
   * (linux/capability.h, version 3).
   */
  capget(at: Address): Result;
  capset(at: Address): Result;
  /** umask(2), of all threads that share the caller's file system context (see CLONE_FS). The previous mask. */
  umask(mask: number): Result;
  /** SO_PEERCRED of a unix socket: pid, uid, gid as three u32 at `outAt`. */
  peerCredentials(fd: number, outAt: Address): Result;
}

/** Added to the errno of a reply that could not be written: see {@link NativeCalls.exchange}. */
export const EXCHANGE_REPLY_FAILED = 10_000;

/**
 * Byte offsets in the record that `stat` writes: a wire `fuse_attr`, then what identifies the object.
 * `device`, as the kernel's major (high word) and minor (low word); `birth*` is 0 when `mask` lacks STATX_BTIME.
 */
export const LOWER_STAT = {
  attr: 0,
  device: 88,
  birthSeconds: 96,
  birthNanoseconds: 104,
  /** stx_mask: STATX_BTIME is 0x800. */
  mask: 108,
  SIZE: 112,
} as const;
