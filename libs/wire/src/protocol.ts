/** Numbers of the protocol itself: include/uapi/linux/fuse.h, version 7.45. */

export const KERNEL_VERSION = 7;
/** The newest minor version whose structures, opcodes and flags are described here. */
export const KERNEL_MINOR_VERSION = 45;

/** The nodeid of the root of every mount. */
export const ROOT_ID = 1;

/** Smallest buffer, in bytes, that read(2) on the device accepts. */
export const MIN_READ_BUFFER = 8192;

/** High 32 bits of `IN_HEADER.unique` for a request sent again after a RESEND notification (bit 63; 7.40). */
export const UNIQUE_RESEND_HIGH = 0x8000_0000;

/** Bit of `IN_HEADER.unique` that the kernel sets in an INTERRUPT and never in another request (fs/fuse/dev.c). */
export const UNIQUE_INTERRUPT = 1;

/** `IN_HEADER.uid` and `.gid` of a caller who has no id in the mount's id mapping (with ALLOW_IDMAP; 7.41). */
export const INVALID_UIDGID = 0xffff_ffff;

/** Longest file name and extended attribute name in bytes, without the NUL: NAME_MAX, XATTR_NAME_MAX (limits.h). */
export const NAME_BYTES_MAX = 255;

/** Longest symbolic link target in bytes, without the NUL: PATH_MAX - 1 (limits.h). */
export const TARGET_BYTES_MAX = 4095;

/** Most `IOCTL_IOVEC` records in a retry answer, in and out together. */
export const IOCTL_MAX_IOV = 256;

/** Extension blocks at the end of a create request: types up to this one are a `SECCTX_HEADER`'s nr_secctx (7.38). */
export const MAX_NR_SECCTX = 31;
/** Extension block holding `SUPP_GROUPS` (7.38, with CREATE_SUPP_GROUP). */
export const EXT_GROUPS = 32;
/** `IN_HEADER.total_extlen` counts units of this many bytes. */
export const EXT_UNIT = 8;

/** Longest INIT information string of a character device in bytes. */
export const CUSE_INIT_INFO_MAX = 4096;

/** Commands in the submission queue entry of the io_uring transport (7.42). */
export const URING_CMD = Object.freeze({ INVALID: 0, REGISTER: 1, COMMIT_AND_FETCH: 2 });
