/**
 * Making things. The package does not tell who makes them: they belong to whom their directory belongs to, or to the
 * volume's fixed owner. That owner is somebody else than the maker at times, so no set-id bits are taken over.
 */
import { AT, LOWER_STAT, S, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { PathVolume } from './volume.ts';

/** Permission bits of something new. The kernel has applied the caller's umask. */
export function modeOfNew({ features }: PathVolume, mode: number, isDirectory: boolean): number {
  const { ownership } = features;
  if (ownership !== undefined) return isDirectory ? ownership.directoryMode : ownership.fileMode;
  return mode & ~(S.IFMT | S.ISUID | S.ISGID) & 0o7777;
}

/** Gives what `fd` refers to, just made beneath `directory`, to its owner. 0 or -errno. */
export function ownNew({ features, lower }: PathVolume, directory: number, fd: number): number {
  const { ownership } = features;
  if (ownership !== undefined) return sys.chownFd(fd, ownership.uid, ownership.gid);
  const at = lower.scratch.bytes(LOWER_STAT.SIZE);
  const result = sys.stat(directory, 0, AT.EMPTY_PATH, at);
  if (result < 0) return result;
  const uid = lower.scratch.u32At(at + ATTR.uid);
  const gid = lower.scratch.u32At(at + ATTR.gid);
  // Root's own: it is made so.
  return uid === 0 && gid === 0 ? 0 : sys.chownFd(fd, uid | 0, gid | 0);
}
