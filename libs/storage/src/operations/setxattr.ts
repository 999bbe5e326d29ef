import { AT, ERRNO, S, sys } from '@sluice/sys';
import { ATTR, INIT_FLAGS, SETXATTR_FLAGS, SETXATTR_IN, SETXATTR_IN_COMPAT_SIZE } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeDescriptor, closeAttributeDescriptor } from '../attribute-descriptor.ts';
import { nameBehindHeader, nameLength } from '../volume.ts';
import { SCRATCH } from '../scratch-layout.ts';
import { ACCESS } from '@sluice/policy';
import { permit } from '../permissions.ts';
import { isDecisionAttribute } from '../decision-attribute.ts';
import type { Volume } from '../volume.ts';

/** SETXATTR: the argument, the name, the value. */
export function setxattr(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, at, ACCESS.write);
  if (permitted < 0) return permitted;
  const extended = (volume.settled.flags & INIT_FLAGS.SETXATTR_EXT) !== 0;
  const nameAt = argumentAt + (extended ? SETXATTR_IN.SIZE : SETXATTR_IN_COMPAT_SIZE);
  // Not an attribute of the file: it tells what policy says of it.
  if (isDecisionAttribute(request, nameAt)) return -ERRNO.EPERM;
  const valueAt = nameAt + nameLength(request, nameAt) + 1;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  let result = sys.setxattr(
    fd,
    request.address(nameAt),
    request.address(valueAt),
    memory.getU32(argumentAt + SETXATTR_IN.size),
    memory.getU32(argumentAt + SETXATTR_IN.flags),
  );
  const killsSgid =
    extended && (memory.getU32(argumentAt + SETXATTR_IN.setxattr_flags) & SETXATTR_FLAGS.ACL_KILL_SGID) !== 0;
  if (result >= 0 && killsSgid) result = clearSgid(volume, request, fd);
  closeAttributeDescriptor(volume, at, fd);
  return result;
}

/** An access ACL was set by somebody outside the file's group, who may not keep its S_ISGID (fs/posix_acl.c). */
function clearSgid(volume: Volume, request: Request, fd: number): number {
  const statAt = volume.scratch(SCRATCH.stat);
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  if (result < 0) return result;
  const mode = request.memory.getU32(statAt + ATTR.mode);
  return (mode & S.ISGID) === 0 ? 0 : sys.chmodFd(fd, mode & 0o7777 & ~S.ISGID);
}

/** REMOVEXATTR. */
export function removexattr(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, at, ACCESS.write);
  if (permitted < 0) return permitted;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  const result = sys.removexattr(fd, request.address(nameBehindHeader(request)));
  closeAttributeDescriptor(volume, at, fd);
  return result;
}
