/** What dialects share: reading an offer of INIT, and an ioctl's result. */
import { ERRNO, sys } from '@sluice/sys';
import { PASSTHROUGH_OUT } from '@sluice/wire';
import type { SessionMemory } from '../memory.ts';
import type { InitFlags, InitOffer } from './dialect.ts';

/** `bits` if the kernel offers them all, otherwise undefined. */
export function offersBits(offer: InitOffer, bits: InitFlags): InitFlags | undefined {
  const isOffered =
    (offer.flags & bits.flags) >>> 0 === bits.flags && (offer.flags2 & bits.flags2) >>> 0 === bits.flags2;
  return isOffered ? bits : undefined;
}

/** The result of an ioctl that gives an id. 0 is no id in any dialect: a kernel that gives it is broken. */
export function idOrError(result: number): number {
  return result === 0 ? -ERRNO.EIO : result;
}

/** The ioctl of V0 and V1: one structure under two numbers. Its reserved fields must be 0. */
export function registerByStruct(
  memory: SessionMemory,
  device: number,
  request: number,
  lowerFd: number,
  scratchAt: number,
): number {
  memory.u8.fill(0, scratchAt, scratchAt + PASSTHROUGH_OUT.SIZE);
  memory.setU32(scratchAt + PASSTHROUGH_OUT.fd, lowerFd >>> 0);
  return idOrError(sys.ioctl(device, request, memory.base + scratchAt));
}

/** For dialects in which the kernel ends a registration by itself. */
export function endsByItself(): number {
  return -ERRNO.EOPNOTSUPP;
}
