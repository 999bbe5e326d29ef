/** Shows every object as its volume's fixed owner would have it, where it has one. */
import { S } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Volume } from './volume.ts';

/** `attrAt`: offset of a `fuse_attr` as the lower object has it. */
export function showOwnership(volume: Volume, attrAt: number): void {
  const { ownership } = volume.features;
  if (ownership === undefined) return;
  const { memory } = volume;
  const type = memory.getU32(attrAt + ATTR.mode) & S.IFMT;
  memory.setU32(attrAt + ATTR.uid, ownership.uid);
  memory.setU32(attrAt + ATTR.gid, ownership.gid);
  const mode = type === S.IFDIR ? ownership.directoryMode : ownership.fileMode;
  memory.setU32(attrAt + ATTR.mode, type | (type === S.IFLNK ? 0o777 : mode));
}

/** The permission bits that something new gets below. */
export function newMode(volume: Volume, mode: number, isDirectory: boolean): number {
  const { ownership } = volume.features;
  if (ownership === undefined) return mode;
  return isDirectory ? ownership.directoryMode : ownership.fileMode;
}
