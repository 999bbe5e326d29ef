import { LOWER_STAT, S } from '@sluice/sys';
import { ATTR, STATX, STATX_IN, STATX_OUT, SX_TIME } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { attributeNanoseconds, attributeTimeoutOf } from '../attribute-validity.ts';
import { showOwnership } from '../ownership.ts';
import { statRequested } from '../requested-attributes.ts';
import { SCRATCH } from '../scratch-layout.ts';
import { permitToKnow } from './getattr.ts';
import type { Volume } from '../volume.ts';

/** STATX_BASIC_STATS (linux/stat.h). */
const BASIC_STATS = 0x7ff;
/** STATX_BTIME. What else the lower file system told us of is not in the answer. */
const BTIME = 0x800;

/** STATX: what GETATTR gives, and the birth time. Asked for when a program wants it (statx(2) with STATX_BTIME). */
export function statx(volume: Volume, request: Request): number {
  const { memory, argumentAt, payloadAt } = request;
  const permitted = permitToKnow(volume, request);
  if (permitted < 0) return permitted;
  const from = volume.scratch(SCRATCH.stat);
  const result = statRequested(
    volume,
    request,
    argumentAt + STATX_IN.getattr_flags,
    argumentAt + STATX_IN.fh,
    from,
  );
  if (result < 0) return result;
  showOwnership(volume, from);
  request.zeroPayload(STATX_OUT.SIZE);
  const ms = attributeTimeoutOf(volume, request, volume.node(request));
  const isDirectory = (memory.getU32(from + ATTR.mode) & S.IFMT) === S.IFDIR;
  memory.setU32(payloadAt + STATX_OUT.attr_valid, ms < 0 ? volume.validSeconds : Math.floor(ms / 1000));
  memory.setU32(payloadAt + STATX_OUT.attr_valid_nsec, attributeNanoseconds(volume, isDirectory, ms));
  const to = payloadAt + STATX_OUT.stat;
  memory.setU32(to + STATX.mask, BASIC_STATS | (memory.getU32(from + LOWER_STAT.mask) & BTIME));
  memory.setU32(to + STATX.blksize, memory.getU32(from + ATTR.blksize));
  memory.setU32(to + STATX.nlink, memory.getU32(from + ATTR.nlink));
  memory.setU32(to + STATX.uid, memory.getU32(from + ATTR.uid));
  memory.setU32(to + STATX.gid, memory.getU32(from + ATTR.gid));
  memory.setU16(to + STATX.mode, memory.getU32(from + ATTR.mode));
  memory.copyU64(to + STATX.ino, from + ATTR.ino);
  memory.copyU64(to + STATX.size, from + ATTR.size);
  memory.copyU64(to + STATX.blocks, from + ATTR.blocks);
  copyTime(request, to + STATX.atime, from + ATTR.atime, from + ATTR.atimensec);
  copyTime(request, to + STATX.mtime, from + ATTR.mtime, from + ATTR.mtimensec);
  copyTime(request, to + STATX.ctime, from + ATTR.ctime, from + ATTR.ctimensec);
  copyTime(request, to + STATX.btime, from + LOWER_STAT.birthSeconds, from + LOWER_STAT.birthNanoseconds);
  const device = memory.getU32(from + ATTR.rdev);
  // new_encode_dev (linux/kdev_t.h): 12 bits of major between the two parts of the minor.
  memory.setU32(to + STATX.rdev_major, (device >>> 8) & 0xfff);
  memory.setU32(to + STATX.rdev_minor, (device & 0xff) | ((device >>> 12) & 0xfff00));
  return STATX_OUT.SIZE;
}

function copyTime(request: Request, to: number, secondsAt: number, nanosecondsAt: number): void {
  request.memory.copyU64(to + SX_TIME.tv_sec, secondsAt);
  request.memory.setU32(to + SX_TIME.tv_nsec, request.memory.getU32(nanosecondsAt));
}
