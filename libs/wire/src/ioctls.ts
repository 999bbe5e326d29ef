/**
 * ioctl requests of `/dev/fuse`: mainline's, and those of the out-of-tree Android passthrough kernels.
 *
 * The V0 number and BACKING_OPEN are the same on a 64-bit kernel, with different structures behind them, so the
 * number never tells which kernel is there: the INIT flags do.
 */
export const DEV_IOC = Object.freeze({
  /** `_IOR(229, 0, u32)`: a further device descriptor for the session whose descriptor the u32 is. */
  CLONE: 0x8004_e500,
  /** `_IOW(229, 1, struct fuse_backing_map)`: registers a lower file; returns its backing id (7.40). */
  BACKING_OPEN: 0x4010_e501,
  /** `_IOW(229, 2, u32)`: ends a backing id (7.40). */
  BACKING_CLOSE: 0x4004_e502,
  /** `_IO(229, 3)`: mount(2) sends INIT and waits for its answer (in the header since 7.45). */
  SYNC_INIT: 0xe503,
});

/** Android's. V0 and V1 take `PASSTHROUGH_OUT`, UNIQUE `PASSTHROUGH_UNIQUE_OUT`, V2 a u32 file descriptor. */
export const ANDROID_DEV_IOC = Object.freeze({
  /** `_IOW(229, 126, u32)`: Android common kernels 4.19 to 6.6. */
  PASSTHROUGH_OPEN_V2: 0x4004_e57e,
  /** `_IOW(229, 127, 16 bytes)`; in a 32-bit process `PASSTHROUGH_OPEN_V1_32`. */
  PASSTHROUGH_OPEN_V1: 0x4010_e57f,
  PASSTHROUGH_OPEN_V1_32: 0x400c_e57f,
  /** `_IOW(229, 1, 16 bytes)`; in a 32-bit process `PASSTHROUGH_OPEN_V0_32`. */
  PASSTHROUGH_OPEN_V0: 0x4010_e501,
  PASSTHROUGH_OPEN_V0_32: 0x400c_e501,
  /** `_IOW(229, 1, 24 bytes)`: an early vendor kernel, while the OPEN named by `unique` is in flight. */
  PASSTHROUGH_OPEN_UNIQUE: 0x4018_e501,
});
