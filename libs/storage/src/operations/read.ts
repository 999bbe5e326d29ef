import { ERRNO, sys } from '@sluice/sys';
import { READ_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { SCRATCH } from '../scratch-layout.ts';
import type { Volume } from '../volume.ts';

/**
 * READ: straight into the reply. What the lower page cache has is answered at once; before a read that may wait for a
 * disk another worker takes over reading requests.
 */
export function read(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt, payloadCapacity } = request;
  const fd = lowerDescriptor(volume, argumentAt + READ_IN.fh);
  if (fd < 0) return fd;
  const bytes = Math.min(memory.getU32(argumentAt + READ_IN.size), payloadCapacity);
  const offset = request.address(argumentAt + READ_IN.offset);
  const to = request.address(payloadAt);
  let result = sys.preadNoWait(fd, to, bytes, offset);
  if ((result > 0 && result < bytes && !endsAt(volume, request, fd, result)) || mayWait(result)) {
    request.handOver();
    result = sys.pread(fd, to, bytes, offset);
  }
  if (result > 0) volume.counters.add(COUNTER.bytesRead, result);
  return result;
}

/** Not in the cache, or a file system that cannot tell. */
function mayWait(result: number): boolean {
  return result === -ERRNO.EAGAIN || result === -ERRNO.EOPNOTSUPP || result === -ERRNO.ENOSYS;
}

/** Whether `got` bytes are all there is: a short answer may also mean that the rest is not in the cache. */
function endsAt(volume: Volume, request: Request, fd: number, got: number): boolean {
  const { memory, argumentAt } = request;
  const operand = volume.scratch(SCRATCH.operand);
  const low = memory.getU32(argumentAt + READ_IN.offset) + got;
  memory.setU32(operand, low >>> 0);
  memory.setU32(operand + 4, memory.getU32(argumentAt + READ_IN.offset + 4) + (low > 0xffff_ffff ? 1 : 0));
  return sys.preadNoWait(fd, request.address(operand + 8), 1, request.address(operand)) === 0;
}
