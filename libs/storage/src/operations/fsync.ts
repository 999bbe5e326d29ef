import { sys } from '@sluice/sys';
import { FSYNC_FLAGS, FSYNC_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerDescriptor } from '../lower-descriptor.ts';
import type { Volume } from '../volume.ts';

/** FSYNC and FSYNCDIR: on the lower file, which passthrough writes went to as well. */
export function fsync(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const fd = lowerDescriptor(volume, argumentAt + FSYNC_IN.fh);
  if (fd < 0) return fd;
  request.handOver();
  const dataOnly = (memory.getU32(argumentAt + FSYNC_IN.fsync_flags) & FSYNC_FLAGS.FDATASYNC) !== 0;
  return dataOnly ? sys.fdatasync(fd) : sys.fsync(fd);
}
