/**
 * HANDLE_KILLPRIV_V2: the kernel leaves it to us to take set-user-id and set-group-id off a file that is written to or
 * truncated by somebody without CAP_FSETID. The lower kernel takes capabilities off by itself, but spares the set-id
 * bits because the daemon holds that capability.
 */
import { AT, O, S, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { isInGroup, isPrivileged } from './caller-status.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

const S_IXGRP = 0o010;

/** Whether a write by an unprivileged process may have to take bits off this mode. */
export function hasSetId(mode: number): boolean {
  return (mode & S.IFMT) === S.IFREG && (mode & (S.ISUID | S.ISGID)) !== 0;
}

/**
 * The mode of the `fuse_attr` at `attrAt` without what a write by the caller takes off it, or -1 if that is nothing
 * (setattr_should_drop_suidgid, fs/attr.c). S_ISGID without S_IXGRP stays for root and members of the file's group.
 */
export function modeWithoutSetId(request: Request, attrAt: number): number {
  const { memory } = request;
  const mode = memory.getU32(attrAt + ATTR.mode);
  if (!hasSetId(mode)) return -1;
  const keepsGroup = (mode & S_IXGRP) === 0 && isInGroup(request, memory.getU32(attrAt + ATTR.gid));
  const cleared = mode & ~S.ISUID & (keepsGroup ? ~0 : ~S.ISGID);
  return cleared === mode ? -1 : cleared & 0o7777;
}

/** Clears the bits of the file behind `fd`: 0 or -errno. */
export function clearSetId(volume: Volume, request: Request, fd: number): number {
  const statAt = volume.scratch(SCRATCH.stat);
  const result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
  if (result < 0) return result;
  const mode = modeWithoutSetId(request, statAt);
  return mode < 0 ? 0 : sys.chmodFd(fd, mode);
}

/**
 * Before FALLOCATE and COPY_FILE_RANGE, with which the kernel does not say what the caller may: root is taken to hold
 * CAP_FSETID, nobody else. 0 or -errno.
 */
export function clearSetIdForUsers(volume: Volume, request: Request, fd: number): number {
  return isPrivileged(request) ? 0 : clearSetId(volume, request, fd);
}

/** Before an open that truncates on behalf of an unprivileged caller. 0 or -errno. */
export function dropSetIdOnTruncate(volume: Volume, request: Request, at: number): number {
  const fd = volume.lower.open(at, O.PATH | O.NOFOLLOW);
  if (fd < 0) return fd;
  const result = clearSetId(volume, request, fd);
  sys.close(fd);
  return result;
}
