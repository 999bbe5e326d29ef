import { sys } from '@sluice/sys';
import { READ_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { lowerDescriptor } from '../lower-descriptor.ts';
import type { Volume } from '../volume.ts';

/**
 * READ: straight into the reply. Not handed over: most reads find their bytes in the lower page cache, and a worker that
 * has to wait for a disk is relieved of reading requests.
 */
export function read(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt, payloadCapacity } = request;
  const fd = lowerDescriptor(volume, argumentAt + READ_IN.fh);
  if (fd < 0) return fd;
  const bytes = Math.min(memory.getU32(argumentAt + READ_IN.size), payloadCapacity);
  const offset = request.address(argumentAt + READ_IN.offset);
  const result = sys.pread(fd, request.address(payloadAt), bytes, offset);
  if (result > 0) volume.counters.add(COUNTER.bytesRead, result);
  return result;
}
