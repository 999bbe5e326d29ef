/** The errors that `deny` may answer with: errno values of Linux (asm-generic/errno-base.h, errno.h). */
export const DENY_ERRNO = {
  EACCES: 13,
  EPERM: 1,
  ENOENT: 2,
  EROFS: 30,
  EBUSY: 16,
  ENOSPC: 28,
  EDQUOT: 122,
  ETXTBSY: 26,
  ENODEV: 19,
  ENOTSUP: 95,
  EOPNOTSUPP: 95,
} as const;
export type DenyErrno = keyof typeof DENY_ERRNO;

/** What `deny` alone answers. */
export const DENY_DEFAULT = DENY_ERRNO.EACCES;

/** Errors that are known and refused, and why. */
export const REFUSED_ERRNO: Readonly<Record<string, string>> = {
  EIO: 'it reads as a defect of the storage',
  ENOMEM: 'it reads as a shortage of memory',
  EAGAIN: 'the kernel gives it a meaning of its own and may ask again',
  EINTR: 'the kernel gives it a meaning of its own and may ask again',
  ESTALE: 'the kernel gives it a meaning of its own and looks the name up again',
};
