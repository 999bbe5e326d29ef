/**
 * What is removed through the mount may still be in use there without an open file of ours: as a working directory, by an
 * O_PATH descriptor, as an open FIFO. A file handle leads to nothing once the last name is gone, so a descriptor opened
 * before holds the object until the kernel forgets its node.
 */
import { AT, O, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { readHandle } from './entry.ts';
import { NODE, NODE_FLAG } from './layout.ts';
import { loseName } from './node-names.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/** Before the removal: a descriptor of what bears the name, or -errno. Ends with {@link keepRemoved}. */
export function openToRemove(request: Request, directory: number, nameAt: number): number {
  return sys.openat(directory, request.address(nameAt), O.PATH | O.NOFOLLOW | O.CLOEXEC, 0);
}

/**
 * After it: holds the object if it has no name left and the kernel knows it. Takes `fd` over; `removed`: it succeeded. The name
 * that is gone: `length` bytes at `nameAt` beneath the directory at `parentAt`.
 */
export function keepRemoved(
  volume: Volume,
  request: Request,
  fd: number,
  removed: boolean,
  parentAt: number,
  nameAt: number,
  length: number,
): void {
  if (fd < 0) return;
  if (!removed || !hold(volume, request, fd, parentAt, nameAt, length)) sys.close(fd);
}

function hold(
  volume: Volume,
  request: Request,
  fd: number,
  parentAt: number,
  nameAt: number,
  length: number,
): boolean {
  const { memory, nodes, lock } = volume;
  const statAt = volume.scratch(SCRATCH.stat);
  if (sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt)) < 0) return false;
  const isDirectory = (memory.getU32(statAt + ATTR.mode) & 0o170000) === 0o040000;
  // A directory has one name, whatever its link count says.
  const hasNames = !isDirectory && memory.getU32(statAt + ATTR.nlink) > 0;
  const handleAt = hasNames ? readHandle(volume, request, fd, statAt) : 0;
  lock.acquire();
  const at = nodes.findByIdentity(statAt);
  if (at !== 0 && handleAt !== 0) {
    // Hard links are left: the handle leads to it, whichever name it was known by.
    if (memory.getU32(at + NODE.handle) === 0) nodes.setHandle(at, handleAt);
    loseName(volume, at, parentAt, nameAt, length);
    const redacted = nodes.otherView(at);
    if (redacted !== 0) loseName(volume, redacted, parentAt, nameAt, length);
    lock.release();
    return false;
  }
  // The node may be of an object whose number this one was given: only the handle tells then, unless an open file has kept
  // the object, and with it the number, all the time. Lower file systems without handles have that alone.
  const isSure =
    at === 0 ||
    !nodes.flag(at, NODE_FLAG.young) ||
    isOpen(volume, at) ||
    isSameHandle(volume, request, at, fd, statAt);
  const isHeld = at !== 0 && isSure && volume.holdRemoved(at, fd);
  lock.release();
  return isHeld;
}

/** In whatever mode: the daemon's descriptor or the kernel's registration holds the lower object. */
function isOpen({ memory }: Volume, at: number): boolean {
  return (
    memory.getU32(at + NODE.cachedOpens) > 0 ||
    memory.getU32(at + NODE.directOpens) > 0 ||
    memory.getU32(at + NODE.passthroughOpens) > 0
  );
}

function isSameHandle(volume: Volume, request: Request, at: number, fd: number, statAt: number): boolean {
  const handleAt = readHandle(volume, request, fd, statAt);
  return handleAt !== 0 && volume.nodes.hasHandle(at, handleAt);
}
