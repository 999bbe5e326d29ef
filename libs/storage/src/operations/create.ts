import { ERRNO, O, S, sys } from '@sluice/sys';
import { ACCESS, TYPE } from '@sluice/policy';
import { ATTR, CREATE_IN, ENTRY_OUT, OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from '../counters.ts';
import { ADMIT } from '../admit-name.ts';
import { timesMayDrift } from '../attribute-validity.ts';
import { enterFd } from '../entry.ts';
import { askedOf, lowerOpenFlags } from '../open-flags.ts';
import { openNode } from '../open-node.ts';
import { newMode } from '../ownership.ts';
import { permitNew } from '../permissions.ts';
import { nameLength } from '../volume.ts';
import type { Volume } from '../volume.ts';

/** CREATE: a regular file made and opened in one go. */
export function create(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const parentAt = volume.node(request);
  if (parentAt === 0) return -ERRNO.ESTALE;
  const directory = volume.lower.directory(parentAt);
  if (directory < 0) return directory;
  const nameAt = argumentAt + CREATE_IN.SIZE;
  const flags = memory.getU32(argumentAt + CREATE_IN.flags);
  const asked = askedOf(flags) | ACCESS.create;
  const length = nameLength(request, nameAt);
  const permitted = permitNew(volume, request, parentAt, nameAt, length, TYPE.file, asked);
  if (permitted < 0) return permitted;
  const mode = newMode(volume, memory.getU32(argumentAt + CREATE_IN.mode) & 0o7777, false);
  const assumed = volume.caller.assume(request, memory.getU32(argumentAt + CREATE_IN.umask));
  if (assumed < 0) return assumed;
  const name = request.address(nameAt);
  const lowerFlags = lowerOpenFlags(flags) | O.CLOEXEC;
  // Always exclusive first: opening an existing file with O_CREAT is refused in sticky directories by protected_regular,
  // by the thread's identity instead of the caller's.
  let fd = sys.openat(directory, name, lowerFlags | O.CREAT | O.EXCL, mode);
  const made = fd >= 0;
  if (fd === -ERRNO.EEXIST && (flags & O.EXCL) === 0) {
    // Somebody else was faster. O_NONBLOCK: it may be a FIFO, and waiting for a writer would not be opening a file.
    fd = sys.openat(directory, name, lowerFlags | O.NONBLOCK, 0);
    // A symlink or a directory: the kernel looks the name up again and does what fits.
    if (fd === -ERRNO.ELOOP || fd === -ERRNO.EISDIR || fd === -ERRNO.ENXIO) fd = -ERRNO.ESTALE;
  }
  if (fd < 0) {
    volume.counters.add(COUNTER.opensFailed, 1);
    return fd;
  }
  return replyCreated(volume, request, parentAt, fd, flags, nameAt, length, made);
}

/** The reply to CREATE and TMPFILE: an entry and an open file. `fd` is taken over. `made`: the file is new. */
export function replyCreated(
  volume: Volume,
  request: Request,
  parentAt: number,
  fd: number,
  flags: number,
  nameAt: number,
  length: number,
  made: boolean,
): number {
  const { memory, payloadAt } = request;
  const how = made ? ADMIT.own : ADMIT.byPolicy;
  let result = enterFd(volume, request, parentAt, fd, nameAt, length, payloadAt, how);
  if (result < 0) {
    sys.close(fd);
    return result;
  }
  if ((memory.getU32(payloadAt + ENTRY_OUT.attr + ATTR.mode) & S.IFMT) !== S.IFREG) {
    sys.close(fd);
    result = -ERRNO.ESTALE;
  } else {
    const at = volume.nodeAt(payloadAt + ENTRY_OUT.nodeid);
    // O_TRUNC has been done: this descriptor is the one that did it.
    result = openNode(volume, request, at, flags & ~O.TRUNC, fd, payloadAt + ENTRY_OUT.SIZE, made);
    if (result >= 0 && timesMayDrift(volume, at)) {
      memory.setU32(payloadAt + ENTRY_OUT.attr_valid, 0);
      memory.setU32(payloadAt + ENTRY_OUT.attr_valid_nsec, 0);
    }
  }
  if (result < 0) {
    volume.counters.add(COUNTER.opensFailed, 1);
    volume.forget(payloadAt + ENTRY_OUT.nodeid, 1, 0);
    return result;
  }
  return ENTRY_OUT.SIZE + OPEN_OUT.SIZE;
}
