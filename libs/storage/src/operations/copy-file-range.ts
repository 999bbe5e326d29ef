import { ERRNO, sys } from '@sluice/sys';
import { COPY_FILE_RANGE_IN, COPY_FILE_RANGE_OUT, WRITE_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerDescriptor } from '../lower-descriptor.ts';
import { clearSetIdForUsers } from '../privileges.ts';
import { OPEN_FILE } from '../layout.ts';
import { isRedacted } from '../permissions.ts';
import type { Volume } from '../volume.ts';

/** What one call copies at most; the kernel asks for the rest again. Fits WRITE_OUT's 32 bits. */
const LARGEST = 2 ** 31 - 4096;

/** COPY_FILE_RANGE: the lower file system copies, sharing blocks where it can. */
export function copyFileRange(volume: Volume, request: Request): number {
  const { memory, payloadAt } = request;
  const result = copy(volume, request);
  if (result < 0) return result;
  memory.setU32(payloadAt + WRITE_OUT.size, result);
  memory.setU32(payloadAt + WRITE_OUT.padding, 0);
  return WRITE_OUT.SIZE;
}

/** COPY_FILE_RANGE_64: the same with a 64-bit answer. */
export function copyFileRange64(volume: Volume, request: Request): number {
  const { memory, payloadAt } = request;
  const result = copy(volume, request);
  if (result < 0) return result;
  memory.setU64(payloadAt + COPY_FILE_RANGE_OUT.bytes_copied, result);
  return COPY_FILE_RANGE_OUT.SIZE;
}

function copy(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const from = lowerDescriptor(volume, argumentAt + COPY_FILE_RANGE_IN.fh_in);
  if (from < 0) return from;
  // A redacted view is read by its reader, who gets the zeros; EXDEV makes the kernel copy by reading and writing.
  const open = volume.openFiles.find(argumentAt + COPY_FILE_RANGE_IN.fh_in);
  if (isRedacted(volume, volume.nodes.at(memory.getU32(open + OPEN_FILE.node)))) return -ERRNO.EXDEV;
  const to = lowerDescriptor(volume, argumentAt + COPY_FILE_RANGE_IN.fh_out);
  if (to < 0) return to;
  const cleared = clearSetIdForUsers(volume, request, to);
  if (cleared < 0) return cleared;
  request.handOver();
  return sys.copyFileRange(
    from,
    request.address(argumentAt + COPY_FILE_RANGE_IN.off_in),
    to,
    request.address(argumentAt + COPY_FILE_RANGE_IN.off_out),
    Math.min(memory.getU64Approximate(argumentAt + COPY_FILE_RANGE_IN.len), LARGEST),
    memory.getU32(argumentAt + COPY_FILE_RANGE_IN.flags),
  );
}
