import { sys } from '@sluice/sys';
import { FALLOCATE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { clearSetIdForUsers } from '../privileges.ts';
import type { Volume } from '../volume.ts';

/** FALLOCATE: all modes the lower file system knows. */
export function fallocate(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const fd = lowerDescriptor(volume, argumentAt + FALLOCATE_IN.fh);
  if (fd < 0) return fd;
  const cleared = clearSetIdForUsers(volume, request, fd);
  if (cleared < 0) return cleared;
  request.handOver();
  return sys.fallocate(
    fd,
    memory.getU32(argumentAt + FALLOCATE_IN.mode),
    request.address(argumentAt + FALLOCATE_IN.offset),
    request.address(argumentAt + FALLOCATE_IN.length),
  );
}
