import { AT, ERRNO, sys, UTIME } from '@sluice/sys';
import { ATTR_OUT, FATTR, SETATTR_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeDescriptor, closeAttributeDescriptor } from '../attribute-descriptor.ts';
import { OPEN_FILE } from '../layout.ts';
import { modeWithoutSetId } from '../privileges.ts';
import { SCRATCH } from '../scratch-layout.ts';
import { ACCESS } from '@sluice/policy';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';
import { attributesReply } from './getattr.ts';

/** -1 as uid or gid: leave it as it is (chown(2)). */
const UNCHANGED = -1;

/** SETATTR: mode, owner, size and times, in the order in which none undoes another. */
export function setattr(volume: Volume, request: Request): number {
  const at = volume.node(request);
  if (at === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, at, ACCESS.write);
  if (permitted < 0) return permitted;
  const { memory, argumentAt, payloadAt } = request;
  const asked = memory.getU32(argumentAt + SETATTR_IN.valid);
  // A fixed owner and mode are what they are: chmod and chown succeed and change nothing.
  const valid = volume.features.ownership === undefined ? asked : asked & ~OWNERSHIP;
  const fd = attributeDescriptor(volume, at);
  if (fd < 0) return fd;
  const address = request.address(payloadAt + ATTR_OUT.attr);
  // What a truncation or a change of owner takes off is decided by the owner before it.
  let modeAfter = -1;
  let result = 0;
  if ((valid & FATTR.KILL_SUIDGID) !== 0) {
    result = sys.stat(fd, 0, AT.EMPTY_PATH, address);
    if (result >= 0) modeAfter = modeWithoutSetId(request, payloadAt + ATTR_OUT.attr);
  }
  if (result >= 0 && (valid === asked || (valid & CHANGES) !== 0)) result = apply(volume, request, fd, valid);
  if (result >= 0 && modeAfter >= 0) result = sys.chmodFd(fd, modeAfter);
  if (result >= 0) result = sys.stat(fd, 0, AT.EMPTY_PATH, address);
  closeAttributeDescriptor(volume, at, fd);
  return result < 0 ? result : attributesReply(volume, request);
}

/** What a volume with a fixed owner leaves alone. */
const OWNERSHIP = FATTR.UID | FATTR.GID | FATTR.MODE;

const CHANGES =
  FATTR.UID |
  FATTR.GID |
  FATTR.MODE |
  FATTR.SIZE |
  FATTR.ATIME |
  FATTR.MTIME |
  FATTR.ATIME_NOW |
  FATTR.MTIME_NOW;

function apply(volume: Volume, request: Request, fd: number, valid: number): number {
  const { memory, argumentAt } = request;
  // chown(2) to the owner it has changes the time stamp alone; no other call asks for nothing.
  if ((valid & CHANGES) === 0) return sys.chownFd(fd, UNCHANGED, UNCHANGED);
  if ((valid & (FATTR.UID | FATTR.GID)) !== 0) {
    const uid = (valid & FATTR.UID) !== 0 ? memory.getU32(argumentAt + SETATTR_IN.uid) : UNCHANGED;
    const gid = (valid & FATTR.GID) !== 0 ? memory.getU32(argumentAt + SETATTR_IN.gid) : UNCHANGED;
    const result = sys.chownFd(fd, uid, gid);
    if (result < 0) return result;
  }
  // After the owner: chown clears set-id bits that a chmod in the same request may set.
  if ((valid & FATTR.MODE) !== 0) {
    const result = sys.chmodFd(fd, memory.getU32(argumentAt + SETATTR_IN.mode) & 0o7777);
    if (result < 0) return result;
  }
  if ((valid & FATTR.SIZE) !== 0) {
    const result = truncate(volume, request, fd, valid);
    if (result < 0) return result;
  }
  if ((valid & (FATTR.ATIME | FATTR.MTIME | FATTR.ATIME_NOW | FATTR.MTIME_NOW)) !== 0) {
    const times = volume.scratch(SCRATCH.times);
    putTime(request, times, valid, FATTR.ATIME, FATTR.ATIME_NOW, SETATTR_IN.atime, SETATTR_IN.atimensec);
    putTime(request, times + 16, valid, FATTR.MTIME, FATTR.MTIME_NOW, SETATTR_IN.mtime, SETATTR_IN.mtimensec);
    return sys.utimesFd(fd, request.address(times));
  }
  return 0;
}

/** By the open file where there is one: its descriptor may write what its mode no longer allows. */
function truncate(volume: Volume, request: Request, fd: number, valid: number): number {
  const { memory, argumentAt } = request;
  const size = request.address(argumentAt + SETATTR_IN.size);
  if ((valid & FATTR.FH) !== 0) {
    const open = volume.openFiles.find(argumentAt + SETATTR_IN.fh);
    const openFd = open === 0 ? -1 : memory.getI32(open + OPEN_FILE.fd);
    if (openFd >= 0) return sys.ftruncate(openFd, size);
  }
  return sys.truncateFd(fd, size);
}

function putTime(
  request: Request,
  to: number,
  valid: number,
  set: number,
  now: number,
  secondsAt: number,
  nanosecondsAt: number,
): void {
  const { memory, argumentAt } = request;
  memory.copyU64(to, argumentAt + secondsAt);
  const nanoseconds =
    (valid & now) !== 0
      ? UTIME.NOW
      : (valid & set) !== 0
        ? memory.getU32(argumentAt + nanosecondsAt)
        : UTIME.OMIT;
  memory.setU32(to + 8, nanoseconds);
  memory.setU32(to + 12, 0);
}
