import { ERRNO, O, sys } from '@sluice/sys';
import { CREATE_IN } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lowerOpenFlags } from '../open-flags.ts';
import { newMode } from '../ownership.ts';
import { ACCESS } from '@sluice/policy';
import { permit } from '../permissions.ts';
import type { Volume } from '../volume.ts';
import { replyCreated } from './create.ts';

/** "." for openat(2): O_TMPFILE takes the directory itself. */
const DOT = 0x2e;

/** TMPFILE: a regular file without a name (O_TMPFILE), opened; LINK may name it later. */
export function tmpfile(volume: Volume, request: Request): number {
  const { memory, argumentAt } = request;
  const parentAt = volume.node(request);
  if (parentAt === 0) return -ERRNO.ESTALE;
  const permitted = permit(volume, request, parentAt, ACCESS.create);
  if (permitted < 0) return permitted;
  const directory = volume.lower.directory(parentAt);
  if (directory < 0) return directory;
  const flags = memory.getU32(argumentAt + CREATE_IN.flags);
  const mode = newMode(volume, memory.getU32(argumentAt + CREATE_IN.mode) & 0o7777, false);
  const dotAt = argumentAt + CREATE_IN.SIZE;
  // The kernel's name for it ("/") is of no use; its place holds two bytes at least.
  memory.u8[dotAt] = DOT;
  memory.u8[dotAt + 1] = 0;
  const assumed = volume.caller.assume(request, memory.getU32(argumentAt + CREATE_IN.umask));
  if (assumed < 0) return assumed;
  // Not TRUNC: a new file is empty, and open(2) refuses the combination.
  const lowerFlags =
    (lowerOpenFlags(flags) & ~(O.TRUNC | O.NOFOLLOW)) | O.TMPFILE | O.CLOEXEC | (flags & O.EXCL);
  const fd = sys.openat(directory, request.address(dotAt), lowerFlags, mode);
  if (fd < 0) return fd;
  return replyCreated(volume, request, parentAt, fd, flags, 0, 0, true);
}
