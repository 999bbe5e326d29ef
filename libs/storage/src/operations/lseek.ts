import { sys } from '@sluice/sys';
import { LSEEK_IN, LSEEK_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerDescriptor } from '../lower-descriptor.ts';
import type { Volume } from '../volume.ts';

/** LSEEK: SEEK_DATA and SEEK_HOLE; the kernel does the rest itself. */
export function lseek(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt } = request;
  const fd = lowerDescriptor(volume, argumentAt + LSEEK_IN.fh);
  if (fd < 0) return fd;
  memory.copyU64(payloadAt + LSEEK_OUT.offset, argumentAt + LSEEK_IN.offset);
  const result = sys.lseek(
    fd,
    request.address(payloadAt + LSEEK_OUT.offset),
    memory.getU32(argumentAt + LSEEK_IN.whence),
  );
  return result < 0 ? result : LSEEK_OUT.SIZE;
}
