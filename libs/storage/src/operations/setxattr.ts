import { ERRNO, sys } from '@sluice/sys';
import { INIT_FLAGS, SETXATTR_IN, SETXATTR_IN_COMPAT_SIZE } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeDescriptor, closeAttributeDescriptor } from '../attribute-descriptor.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** SETXATTR: the argument, the name, the value. */
export function setxattr(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const extended = (volume.settled.flags & INIT_FLAGS.SETXATTR_EXT) !== 0;
  const nameAt = argumentAt + (extended ? SETXATTR_IN.SIZE : SETXATTR_IN_COMPAT_SIZE);
  const valueAt = nameAt + nameLength(request, nameAt) + 1;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  const result = sys.setxattr(
    fd,
    request.address(nameAt),
    request.address(valueAt),
    memory.getU32(argumentAt + SETXATTR_IN.size),
    memory.getU32(argumentAt + SETXATTR_IN.flags),
  );
  closeAttributeDescriptor(volume, at, fd);
  return result;
}

/** REMOVEXATTR. */
export function removexattr(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  const result = sys.removexattr(fd, request.address(nameBehindHeader(request)));
  closeAttributeDescriptor(volume, at, fd);
  return result;
}
