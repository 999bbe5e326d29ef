/**
 * Vendors' 4.19 kernels: number 127 with `{fd, len, vec}`. As V2, but the kernel does not take mtime over after
 * passthrough writes. Offered by the same bit, so it is tried where V2's number is not known.
 */
import { ANDROID_DEV_IOC } from '@sluice/wire';
import { acceptsAndroid } from './android-v2.ts';
import type { Dialect } from './dialect.ts';
import { endsByItself, registerByStruct } from './registration.ts';

export const androidV1: Dialect = {
  name: 'android-v1',
  accepts: acceptsAndroid,
  otherwise: 'android-v0',
  maxStackDepth: 0,
  openFlags: 0,
  owner: 'open',
  usesDescriptor: true,
  splitsDirect: false,
  mixesModes: true,
  mapsLowerFile: true,
  keepsTimes: false,
  register: (memory, device, lowerFd, scratchAt) =>
    registerByStruct(memory, device, ANDROID_DEV_IOC.PASSTHROUGH_OPEN_V1, lowerFd, scratchAt),
  unregister: endsByItself,
};
