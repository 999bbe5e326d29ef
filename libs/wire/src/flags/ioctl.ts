import { bit } from './flag-set.ts';

/** `flags` of IOCTL_IN and IOCTL_OUT (FUSE_IOCTL_*). */
export const IOCTL_FLAGS = Object.freeze({
  COMPAT: bit(0),
  UNRESTRICTED: bit(1),
  RETRY: bit(2),
  '32BIT': bit(3),
  DIR: bit(4),
  COMPAT_X32: bit(5),
});
