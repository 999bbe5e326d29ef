/**
 * From a lower name to a node: the work behind every reply that carries a `fuse_entry_out`. A known object costs one
 * statx, and so does an unknown regular file that is not new-born: its identity is its own for good, and its file handle is
 * read when it is first opened ({@link LowerTree.open}). Everything else that is unknown is pinned by a descriptor while
 * identity and handle are read, so that they belong to one object.
 */
import { AT, ERRNO, LOWER_STAT, O, S, STATX, sys } from '@sluice/sys';
import { ATTR, ENTRY_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { ADMIT, HIDDEN_DIRECTORY, admit } from './admit-name.ts';
import { NODE_FLAG } from './layout.ts';
import { leadsToMount } from './mounts-beneath.ts';
import { showOwnership } from './ownership.ts';
import { HANDLE_SCRATCH_CAPACITY, SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/**
 * Looks `nameAt` (`length` bytes) up beneath the directory at `parentAt` and writes the entry at `entryAt`, which has room
 * for a LOWER_STAT record behind its attributes. One lookup is counted. 0 or -errno.
 */
export function enterName(
  volume: Volume,
  request: Request,
  parentAt: number,
  directory: number,
  nameAt: number,
  length: number,
  entryAt: number,
): number {
  const result = enterAs(volume, request, parentAt, directory, nameAt, length, entryAt, ADMIT.byPolicy);
  if (result !== HIDDEN_DIRECTORY) return result;
  if (!leadsToMount(volume, request, parentAt, nameAt, length)) return -ERRNO.ENOENT;
  return enterAs(volume, request, parentAt, directory, nameAt, length, entryAt, ADMIT.evenHidden);
}

function enterAs(
  volume: Volume,
  request: Request,
  parentAt: number,
  directory: number,
  nameAt: number,
  length: number,
  entryAt: number,
  how: number,
): number {
  const { nodes, lock } = volume;
  const statAt = entryAt + ENTRY_OUT.attr;
  const name = request.address(nameAt);
  const result = sys.stat(directory, name, AT.SYMLINK_NOFOLLOW, request.address(statAt));
  if (result < 0) return result;
  // Without birth times, or within a clock tick of one, a reused inode number shows only in the file handle.
  if ((request.memory.getU32(statAt + LOWER_STAT.mask) & STATX.BTIME) !== 0) {
    const needsNoHandle = isRegular(request, statAt) && !isYoung(request, statAt);
    lock.acquire();
    let at = nodes.findByIdentity(statAt);
    if (at === 0 && needsNoHandle) at = nodes.create(statAt, 0);
    if (at !== 0 && !nodes.flag(at, NODE_FLAG.young)) {
      const links = request.memory.getU32(statAt + LOWER_STAT.attr + ATTR.nlink);
      const admitted = admit(volume, request, at, parentAt, nameAt, length, statAt, 0, links, entryAt, how);
      lock.release();
      if (admitted === 0) showOwnership(volume, statAt);
      return admitted;
    }
    lock.release();
  }
  return enterByHandle(volume, request, parentAt, directory, nameAt, length, entryAt, how);
}

/** The same for a name that was just made, whose object may have the number and birth time of one just removed. */
export function enterByHandle(
  volume: Volume,
  request: Request,
  parentAt: number,
  directory: number,
  nameAt: number,
  length: number,
  entryAt: number,
  how: number,
): number {
  const fd = sys.openat(directory, request.address(nameAt), O.PATH | O.NOFOLLOW | O.CLOEXEC, 0);
  if (fd < 0) return fd;
  const entered = enterFd(volume, request, parentAt, fd, nameAt, length, entryAt, how);
  sys.close(fd);
  return entered;
}

/** The same for an object that is open as `fd` (O_PATH will do). `length` 0: it has no name (O_TMPFILE). */
export function enterFd(
  volume: Volume,
  request: Request,
  parentAt: number,
  fd: number,
  nameAt: number,
  length: number,
  entryAt: number,
  how: number,
): number {
  const { nodes, lock } = volume;
  const statAt = entryAt + ENTRY_OUT.attr;
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  if (result < 0) return result;
  const handleAt = readHandle(volume, request, fd, statAt);
  lock.acquire();
  let at = nodes.findByIdentity(statAt);
  if (at !== 0 && handleAt !== 0 && !nodes.hasHandle(at, handleAt)) {
    nodes.disown(at);
    at = 0;
  }
  if (at === 0) at = nodes.create(statAt, handleAt);
  let admitted: number = -ERRNO.ENOMEM;
  if (at !== 0) {
    nodes.setFlag(at, NODE_FLAG.young, isYoung(request, statAt));
    const links = request.memory.getU32(statAt + LOWER_STAT.attr + ATTR.nlink);
    admitted = admit(volume, request, at, parentAt, nameAt, length, statAt, handleAt, links, entryAt, how);
  }
  lock.release();
  if (admitted === 0) showOwnership(volume, statAt);
  return admitted;
}

/** Longer than a tick of the clock that lower file systems take birth times from (10 ms with CONFIG_HZ=100). */
const TICK_MS = 50;

function isRegular(request: Request, statAt: number): boolean {
  return (request.memory.getU32(statAt + LOWER_STAT.attr + ATTR.mode) & S.IFMT) === S.IFREG;
}

function isYoung(request: Request, statAt: number): boolean {
  const { memory } = request;
  const born =
    memory.getU32(statAt + LOWER_STAT.birthSeconds) * 1000 +
    memory.getU32(statAt + LOWER_STAT.birthNanoseconds) / 1e6;
  return Date.now() - born < TICK_MS;
}

/** Offset of the object's struct file_handle in scratch, or 0 where handles cannot be used for it. */
export function readHandle(volume: Volume, request: Request, fd: number, statAt: number): number {
  if (!volume.reopensByHandle) return 0;
  // Handles are opened through the root's mount: an object on another file system has to go by name.
  if (!volume.isOnRootDevice(statAt)) return 0;
  const handleAt = request.scratchAt + SCRATCH.handle;
  const address = request.address(handleAt);
  return sys.nameToHandle(fd, volume.emptyPath, address, HANDLE_SCRATCH_CAPACITY, AT.EMPTY_PATH) < 0
    ? 0
    : handleAt;
}
