import { sys } from '@sluice/sys';
import { READ_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { OPEN_FILE } from '../layout.ts';
import { isRedacted } from '../permissions.ts';
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
  if (result <= 0) return result;
  volume.counters.add(COUNTER.bytesRead, result);
  if (volume.trace.on) volume.trace.carried(argumentAt + READ_IN.fh, result, OPEN_FILE.tracedRead);
  const open = volume.openFiles.find(argumentAt + READ_IN.fh);
  const at = volume.nodes.at(memory.getU32(open + OPEN_FILE.node));
  return isRedacted(volume, at) ? volume.redaction.apply(volume, request, at, fd, result) : result;
}
