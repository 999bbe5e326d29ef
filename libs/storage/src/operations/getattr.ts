import { AT, ERRNO, sys } from '@sluice/sys';
import { ATTR_OUT, GETATTR_FLAGS, GETATTR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { OPEN_FILE } from '../layout.ts';
import type { Volume } from '../volume.ts';

/** GETATTR: by the open file where the kernel names one that has a descriptor, else by the node. */
export function getattr(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt } = request;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const statAt = payloadAt + ATTR_OUT.attr;
  let fd = -1;
  if ((memory.getU32(argumentAt + GETATTR_IN.getattr_flags) & GETATTR_FLAGS.FH) !== 0) {
    const open = volume.openFiles.find(argumentAt + GETATTR_IN.fh);
    if (open !== 0) fd = memory.getI32(open + OPEN_FILE.fd);
  }
  const result =
    fd >= 0 ? sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt)) : volume.lower.stat(at, statAt);
  if (result < 0) return result;
  return attributesReply(volume, request);
}

/** Completes an `attr_out` whose attributes are in place. */
export function attributesReply(volume: Volume, request: Request): number {
  const { memory, payloadAt } = request;
  memory.setU32(payloadAt + ATTR_OUT.attr_valid, volume.validSeconds);
  memory.setU32(payloadAt + ATTR_OUT.attr_valid + 4, 0);
  memory.setU32(payloadAt + ATTR_OUT.attr_valid_nsec, volume.validNanoseconds);
  memory.setU32(payloadAt + ATTR_OUT.dummy, 0);
  return ATTR_OUT.SIZE;
}
