/**
 * The earliest, seen on a vendor's 4.19.127: `flags` bit 27, number 1 with `{unique, fd, len, vec}`. There is no id: the
 * ioctl names the OPEN or CREATE in flight, which has to be unanswered yet, and gives 0. Otherwise as V0.
 */
import { ERRNO, sys } from '@sluice/sys';
import { ANDROID_DEV_IOC, ANDROID_INIT_FLAGS, PASSTHROUGH_UNIQUE_OUT } from '@sluice/wire';
import type { Dialect } from './dialect.ts';
import { endsByItself, offersBits } from './registration.ts';

/** From this protocol minor on the bit is mainline's SUBMOUNTS. */
const SUBMOUNTS_MINOR = 32;
const BITS = { flags: ANDROID_INIT_FLAGS.PASSTHROUGH_UNIQUE, flags2: 0 };

export const androidUnique: Dialect = {
  name: 'android-unique',
  accepts: (offer) => (offer.minor < SUBMOUNTS_MINOR ? offersBits(offer, BITS) : undefined),
  otherwise: undefined,
  maxStackDepth: 0,
  openFlags: 0,
  owner: 'request',
  usesDescriptor: true,
  splitsDirect: false,
  mixesModes: true,
  mapsLowerFile: false,
  keepsTimes: false,
  register(memory, device, lowerFd, scratchAt, uniqueAt) {
    if (uniqueAt === 0) return -ERRNO.EINVAL;
    memory.u8.fill(0, scratchAt, scratchAt + PASSTHROUGH_UNIQUE_OUT.SIZE);
    memory.copyU64(scratchAt + PASSTHROUGH_UNIQUE_OUT.unique, uniqueAt);
    memory.setU32(scratchAt + PASSTHROUGH_UNIQUE_OUT.fd, lowerFd >>> 0);
    const result = sys.ioctl(device, ANDROID_DEV_IOC.PASSTHROUGH_OPEN_UNIQUE, memory.base + scratchAt);
    return result > 0 ? 0 : result;
  },
  unregister: endsByItself,
};
