import { sys } from '@sluice/sys';
import { WRITE_FLAGS, WRITE_IN, WRITE_OUT } from '@sluice/wire';
import { NO_REPLY } from '@sluice/session';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { OPEN_FILE } from '../layout.ts';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { answeredWhenDropped } from '../page-drops/beside-direct.ts';
import { clearSetId } from '../privileges.ts';
import type { Volume } from '../volume.ts';
import { writeBack } from '../write-back.ts';

/** WRITE: straight from the request. */
export function write(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt } = request;
  const handleAt = argumentAt + WRITE_IN.fh;
  const fd = lowerDescriptor(volume, handleAt);
  if (fd < 0) return fd;
  const bytes = memory.getU32(argumentAt + WRITE_IN.size);
  const writeFlags = memory.getU32(argumentAt + WRITE_IN.write_flags);
  if ((writeFlags & WRITE_FLAGS.KILL_SUIDGID) !== 0) {
    const result = clearSetId(volume, request, fd);
    if (result < 0) return result;
  }
  const open = volume.openFiles.find(handleAt);
  const result =
    (writeFlags & WRITE_FLAGS.CACHE) !== 0
      ? writeBack(volume, request, open, fd, bytes)
      : sys.pwrite(
          fd,
          request.address(argumentAt + WRITE_IN.SIZE),
          bytes,
          request.address(argumentAt + WRITE_IN.offset),
        );
  if (result < 0) return result;
  volume.counters.add(COUNTER.bytesWritten, result);
  if (volume.trace.on) volume.trace.carried(handleAt, result, OPEN_FILE.tracedWritten);
  if (answeredWhenDropped(volume, request, open, result)) return NO_REPLY;
  memory.setU32(payloadAt + WRITE_OUT.size, result);
  memory.setU32(payloadAt + WRITE_OUT.padding, 0);
  return WRITE_OUT.SIZE;
}
