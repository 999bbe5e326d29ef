/**
 * HANDLE_KILLPRIV_V2: the kernel leaves it to us to take set-user-id and set-group-id off a file that is written to or
 * truncated by somebody without CAP_FSETID. The lower kernel takes capabilities off by itself, but spares the set-id
 * bits because the daemon holds that capability.
 */
import { AT, O, S, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

const S_IXGRP = 0o010;

/** Whether a write by an unprivileged process must take bits off this mode. Without S_IXGRP, S_ISGID means locking. */
export function hasSetId(mode: number): boolean {
  return (
    (mode & S.IFMT) === S.IFREG &&
    ((mode & S.ISUID) !== 0 || (mode & (S.ISGID | S_IXGRP)) === (S.ISGID | S_IXGRP))
  );
}

/** Clears the bits of the file behind `fd`, whose mode is `mode`: 1 if there were any, 0 if not, or -errno. */
export function clearSetId(fd: number, mode: number): number {
  if (!hasSetId(mode)) return 0;
  const cleared = mode & 0o7777 & ~S.ISUID & ((mode & S_IXGRP) !== 0 ? ~S.ISGID : ~0);
  const result = sys.chmodFd(fd, cleared);
  return result < 0 ? result : 1;
}

/** The same for a descriptor whose mode is not known. */
export function clearSetIdOf(volume: Volume, request: Request, fd: number): number {
  const statAt = volume.scratch(SCRATCH.stat);
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  return result < 0 ? result : clearSetId(fd, request.memory.getU32(statAt + ATTR.mode));
}

/** Before an open that truncates on behalf of an unprivileged caller. 0 or more, or -errno. */
export function dropSetIdOnTruncate(volume: Volume, request: Request, at: number): number {
  const fd = volume.lower.open(at, O.PATH | O.NOFOLLOW);
  if (fd < 0) return fd;
  const result = clearSetIdOf(volume, request, fd);
  sys.close(fd);
  return result;
}
