import { O, sys } from '@sluice/sys';
import { WRITE_FLAGS, WRITE_IN, WRITE_OUT } from '@sluice/wire';
import { NO_REPLY } from '@sluice/session';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { OPEN_FILE } from '../layout.ts';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { answeredWhenDropped } from '../page-drops/beside-direct.ts';
import { clearSetId } from '../privileges.ts';
import type { Volume } from '../volume.ts';

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
  // Pages written back from a mapping go where they belong, even by way of a file handle that appends.
  const open = volume.openFiles.find(handleAt);
  const exact =
    (writeFlags & WRITE_FLAGS.CACHE) !== 0 && (memory.getU32(open + OPEN_FILE.flags) & O.APPEND) !== 0;
  const from = request.address(argumentAt + WRITE_IN.SIZE);
  const offset = request.address(argumentAt + WRITE_IN.offset);
  const result = exact
    ? writeExactly(volume, memory.getU32(open + OPEN_FILE.node), from, bytes, offset)
    : sys.pwrite(fd, from, bytes, offset);
  if (result < 0) return result;
  volume.counters.add(COUNTER.bytesWritten, result);
  if (volume.trace.on) volume.trace.carried(handleAt, result, OPEN_FILE.tracedWritten);
  if (answeredWhenDropped(volume, request, open, result)) return NO_REPLY;
  memory.setU32(payloadAt + WRITE_OUT.size, result);
  memory.setU32(payloadAt + WRITE_OUT.padding, 0);
  return WRITE_OUT.SIZE;
}

/** Through a descriptor of its own of the open file's node, whose slot is `node`. */
function writeExactly(volume: Volume, node: number, from: number, bytes: number, offset: number): number {
  const fd = volume.lower.open(volume.nodes.at(node), O.WRONLY | O.NOFOLLOW | O.LARGEFILE);
  if (fd < 0) return fd;
  const result = sys.pwrite(fd, from, bytes, offset);
  sys.close(fd);
  return result;
}
