/*
 * Raw system calls. There is no libc behind this addon, so that one file per CPU runs under glibc, musl and
 * bionic alike. A call gives its result or -errno, as the kernel does; it never touches a thread's errno.
 * Numbers: arch/x86/entry/syscalls/syscall_64.tbl and include/uapi/asm-generic/unistd.h.
 */
#ifndef SLUICE_SYSCALL_H
#define SLUICE_SYSCALL_H

#if defined(__x86_64__)
#define BY_CPU(x64, arm64) x64
#elif defined(__aarch64__)
#define BY_CPU(x64, arm64) arm64
#else
#error "x86-64 and arm64 are supported"
#endif

enum syscall_number {
	NR_read = BY_CPU(0, 63),
	NR_write = BY_CPU(1, 64),
	NR_close = BY_CPU(3, 57),
	NR_lseek = BY_CPU(8, 62),
	NR_mmap = BY_CPU(9, 222),
	NR_munmap = BY_CPU(11, 215),
	NR_ioctl = BY_CPU(16, 29),
	NR_pread64 = BY_CPU(17, 67),
	NR_pwrite64 = BY_CPU(18, 68),
	NR_recvmsg = BY_CPU(47, 212),
	NR_socketpair = BY_CPU(53, 199),
	NR_getsockopt = BY_CPU(55, 209),
	NR_fcntl = BY_CPU(72, 25),
	NR_flock = BY_CPU(73, 32),
	NR_fsync = BY_CPU(74, 82),
	NR_fdatasync = BY_CPU(75, 83),
	NR_truncate = BY_CPU(76, 45),
	NR_ftruncate = BY_CPU(77, 46),
	NR_umask = BY_CPU(95, 166),
	NR_setfsuid = BY_CPU(122, 151),
	NR_setfsgid = BY_CPU(123, 152),
	NR_capget = BY_CPU(125, 90),
	NR_capset = BY_CPU(126, 91),
	NR_fstatfs = BY_CPU(138, 44),
	NR_prctl = BY_CPU(157, 167),
	NR_mount = BY_CPU(165, 40),
	NR_umount2 = BY_CPU(166, 39),
	NR_gettid = BY_CPU(186, 178),
	NR_readahead = BY_CPU(187, 213),
	NR_setxattr = BY_CPU(188, 5),
	NR_getxattr = BY_CPU(191, 8),
	NR_listxattr = BY_CPU(194, 11),
	NR_removexattr = BY_CPU(197, 14),
	NR_futex = BY_CPU(202, 98),
	NR_sched_setaffinity = BY_CPU(203, 122),
	NR_sched_getaffinity = BY_CPU(204, 123),
	NR_getdents64 = BY_CPU(217, 61),
	NR_openat = BY_CPU(257, 56),
	NR_mkdirat = BY_CPU(258, 34),
	NR_mknodat = BY_CPU(259, 33),
	NR_fchownat = BY_CPU(260, 54),
	NR_unlinkat = BY_CPU(263, 35),
	NR_linkat = BY_CPU(265, 37),
	NR_symlinkat = BY_CPU(266, 36),
	NR_readlinkat = BY_CPU(267, 78),
	NR_fchmodat = BY_CPU(268, 53),
	NR_ppoll = BY_CPU(271, 73),
	NR_unshare = BY_CPU(272, 97),
	NR_utimensat = BY_CPU(280, 88),
	NR_fallocate = BY_CPU(285, 47),
	NR_name_to_handle_at = BY_CPU(303, 264),
	NR_open_by_handle_at = BY_CPU(304, 265),
	NR_syncfs = BY_CPU(306, 267),
	NR_renameat2 = BY_CPU(316, 276),
	NR_memfd_create = BY_CPU(319, 279),
	NR_copy_file_range = BY_CPU(326, 285),
	NR_preadv2 = BY_CPU(327, 286),
	NR_statx = BY_CPU(332, 291),
	NR_openat2 = 437,
};

#if defined(__x86_64__)

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long r10 __asm__("r10") = d;
	register long r8 __asm__("r8") = e;
	register long r9 __asm__("r9") = f;
	long result;

	__asm__ volatile("syscall"
			 : "=a"(result)
			 : "a"(number), "D"(a), "S"(b), "d"(c), "r"(r10), "r"(r8), "r"(r9)
			 : "rcx", "r11", "memory");
	return result;
}

#else

static inline long syscall6(long number, long a, long b, long c, long d, long e, long f)
{
	register long x8 __asm__("x8") = number;
	register long x0 __asm__("x0") = a;
	register long x1 __asm__("x1") = b;
	register long x2 __asm__("x2") = c;
	register long x3 __asm__("x3") = d;
	register long x4 __asm__("x4") = e;
	register long x5 __asm__("x5") = f;

	__asm__ volatile("svc 0"
			 : "+r"(x0)
			 : "r"(x8), "r"(x1), "r"(x2), "r"(x3), "r"(x4), "r"(x5)
			 : "memory", "cc");
	return x0;
}

#endif

#define SYSCALL_PICK(_0, _1, _2, _3, _4, _5, _6, name, ...) name
#define SYSCALL_0(n) syscall6(n, 0, 0, 0, 0, 0, 0)
#define SYSCALL_1(n, a) syscall6(n, (long)(a), 0, 0, 0, 0, 0)
#define SYSCALL_2(n, a, b) syscall6(n, (long)(a), (long)(b), 0, 0, 0, 0)
#define SYSCALL_3(n, a, b, c) syscall6(n, (long)(a), (long)(b), (long)(c), 0, 0, 0)
#define SYSCALL_4(n, a, b, c, d) syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), 0, 0)
#define SYSCALL_5(n, a, b, c, d, e) \
	syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), 0)
#define SYSCALL_6(n, a, b, c, d, e, f) \
	syscall6(n, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))
#define SYSCALL(...)                                                                                   \
	SYSCALL_PICK(__VA_ARGS__, SYSCALL_6, SYSCALL_5, SYSCALL_4, SYSCALL_3, SYSCALL_2, SYSCALL_1,  \
		     SYSCALL_0, 0)                                                                     \
	(__VA_ARGS__)

#endif
