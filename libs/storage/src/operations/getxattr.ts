import { ERRNO, sys } from '@sluice/sys';
import { GETXATTR_IN, GETXATTR_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { isPrivileged } from '../caller-status.ts';
import { closeAttributeDescriptor, attributeDescriptor } from '../attribute-descriptor.ts';
import { isDecisionAttribute, readDecision } from '../decision-attribute.ts';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';

/** XATTR_SIZE_MAX and XATTR_LIST_MAX of linux/limits.h. */
const LARGEST = 65_536;
const TRUSTED = new TextEncoder().encode('trusted.');

/** GETXATTR: a value, or its size when the caller gave no room. */
export function getxattr(volume: Volume, request: Request): number {
  const nameAt = request.argumentAt + GETXATTR_IN.SIZE;
  if (isDecisionAttribute(request, nameAt)) {
    const at = volume.node(request);
    return answer(volume, request, (fd, _to, room) => readDecision(volume, request, at, fd, room));
  }
  return answer(volume, request, (fd, to, room) => sys.getxattr(fd, request.address(nameAt), to, room));
}

/** LISTXATTR: the names, each with its NUL. */
export function listxattr(volume: Volume, request: Request): number {
  return answer(volume, request, (fd, to, room) =>
    isPrivileged(request) ? sys.listxattr(fd, to, room) : listForUsers(request, fd, to, room),
  );
}

/** Only who may read trusted attributes sees their names (xattr(7)), and the lower file system takes us for the caller. */
function listForUsers(request: Request, fd: number, to: number, room: number): number {
  const listed = sys.listxattr(fd, to, LARGEST);
  if (listed <= 0) return listed;
  const kept = dropTrusted(request.memory.u8, request.payloadAt, listed);
  return room > 0 && kept > room ? -ERRNO.ERANGE : kept;
}

/** Takes the names that start with "trusted." out of the `bytes` bytes of names at `at`: the bytes left. */
function dropTrusted(u8: Uint8Array, at: number, bytes: number): number {
  let kept = at;
  for (let from = at; from < at + bytes;) {
    const end = u8.indexOf(0, from) + 1;
    if (!TRUSTED.every((byte, index) => u8[from + index] === byte)) {
      u8.copyWithin(kept, from, end);
      kept += end - from;
    }
    from = end;
  }
  return kept - at;
}

/** The closures allocate: attributes are not what the serving path is measured by. */
function answer(
  volume: Volume,
  request: Request,
  ask: (fd: number, to: number, room: number) => number,
): number {
  const { memory, argumentAt, payloadAt } = request;
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  // Of directories the kernel asks for ACLs to check whether the caller may go through: what is in them is asked about anyway.
  const permitted = volume.nodes.isDirectory(at) ? 0 : permit(volume, request, at, 0);
  if (permitted < 0) return permitted;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  const size = Math.min(memory.getU32(argumentAt + GETXATTR_IN.size), LARGEST);
  const result = ask(fd, request.address(payloadAt), size);
  closeAttributeDescriptor(volume, at, fd);
  if (result < 0 || size > 0) return result;
  memory.setU32(payloadAt + GETXATTR_OUT.size, result);
  memory.setU32(payloadAt + GETXATTR_OUT.padding, 0);
  return GETXATTR_OUT.SIZE;
}
