/**
 * Vendors' 4.14 kernels: number 1 with V1's structure. On a 64-bit kernel that is mainline's BACKING_OPEN to the byte: the
 * INIT bits tell them apart, never the ioctl. Mappings go through the daemon, and FOPEN_DIRECT_IO takes passthrough away.
 */
import { ANDROID_DEV_IOC } from '@sluice/wire';
import { acceptsAndroid } from './android-v2.ts';
import type { Dialect } from './dialect.ts';
import { endsByItself, registerByStruct } from './registration.ts';

export const androidV0: Dialect = {
  name: 'android-v0',
  accepts: acceptsAndroid,
  otherwise: undefined,
  maxStackDepth: 0,
  openFlags: 0,
  owner: 'open',
  usesDescriptor: true,
  splitsDirect: false,
  mixesModes: true,
  mapsLowerFile: false,
  keepsTimes: false,
  register: (memory, device, lowerFd, scratchAt) =>
    registerByStruct(memory, device, ANDROID_DEV_IOC.PASSTHROUGH_OPEN_V0, lowerFd, scratchAt),
  unregister: endsByItself,
};
