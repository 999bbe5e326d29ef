/**
 * Mainline Linux 6.9 and later, and Android 16's 6.12: FUSE_DEV_IOC_BACKING_OPEN and _CLOSE (include/uapi/linux/fuse.h).
 * An id lives until it is closed and may serve any number of opens; the kernel re-opens the lower file with each open's
 * own flags, so the registered descriptor's flags do not matter.
 */
import { sys } from '@sluice/sys';
import { BACKING_MAP, DEV_IOC, FOPEN, INIT_FLAGS2 } from '@sluice/wire';
import type { Dialect } from './dialect.ts';
import { idOrError, offersBits } from './registration.ts';

const BITS = { flags: 0, flags2: INIT_FLAGS2.PASSTHROUGH };

export const mainline: Dialect = {
  name: 'mainline',
  accepts: (offer) => offersBits(offer, BITS),
  otherwise: undefined,
  maxStackDepth: 1,
  openFlags: FOPEN.PASSTHROUGH,
  owner: 'inode',
  usesDescriptor: false,
  splitsDirect: true,
  mixesModes: false,
  mapsLowerFile: true,
  keepsTimes: true,
  register(memory, device, lowerFd, scratchAt) {
    memory.u8.fill(0, scratchAt, scratchAt + BACKING_MAP.SIZE);
    memory.setI32(scratchAt + BACKING_MAP.fd, lowerFd);
    return idOrError(sys.ioctl(device, DEV_IOC.BACKING_OPEN, memory.base + scratchAt));
  },
  unregister(memory, device, id, scratchAt) {
    memory.setU32(scratchAt, id);
    return sys.ioctl(device, DEV_IOC.BACKING_CLOSE, memory.base + scratchAt);
  },
};
