/**
 * Android's common kernels 4.19 to 5.15 (`flags` bit 31) and 6.1 and 6.6 (`flags2` bit 31): FUSE_DEV_IOC_PASSTHROUGH_OPEN,
 * number 126, with the lower descriptor as a u32. The reply to one OPEN or CREATE uses the id up. The kernel reads and
 * writes by the registered open file itself, so its access mode, O_APPEND and O_DIRECT must be the app's. Needs no
 * capability, and takes pipes and devices, which are never offered to it.
 */
import { sys } from '@sluice/sys';
import { ANDROID_DEV_IOC, ANDROID_INIT_FLAGS, ANDROID_INIT_FLAGS2 } from '@sluice/wire';
import type { Dialect, InitFlags, InitOffer } from './dialect.ts';
import { endsByItself, idOrError, offersBits } from './registration.ts';

/** From this protocol minor on the bit is in the second word, and bit 31 of the first is mainline's INIT_RESERVED. */
const SECOND_WORD_MINOR = 36;
const EARLY = { flags: ANDROID_INIT_FLAGS.PASSTHROUGH, flags2: 0 };
const LATE = { flags: 0, flags2: ANDROID_INIT_FLAGS2.PASSTHROUGH };

/** Of V0 to V2, which an offer cannot tell apart. */
export function acceptsAndroid(offer: InitOffer): InitFlags | undefined {
  return offersBits(offer, offer.minor < SECOND_WORD_MINOR ? EARLY : LATE);
}

export const androidV2: Dialect = {
  name: 'android-v2',
  accepts: acceptsAndroid,
  otherwise: 'android-v1',
  maxStackDepth: 0,
  openFlags: 0,
  owner: 'open',
  usesDescriptor: true,
  splitsDirect: false,
  mixesModes: true,
  mapsLowerFile: true,
  keepsTimes: true,
  register(memory, device, lowerFd, scratchAt) {
    memory.setU32(scratchAt, lowerFd >>> 0);
    return idOrError(sys.ioctl(device, ANDROID_DEV_IOC.PASSTHROUGH_OPEN_V2, memory.base + scratchAt));
  },
  unregister: endsByItself,
};
