/** A descriptor for attributes, plain and extended: the cached one of a directory, a short-lived O_PATH one otherwise. */
import { O, sys } from '@sluice/sys';
import type { Volume } from './volume.ts';

/** 0 or more, or -errno. Ends with {@link closeAttributeDescriptor}. */
export function attributeDescriptor(volume: Volume, at: number): number {
  return volume.nodes.isDirectory(at)
    ? volume.lower.directory(at)
    : volume.lower.open(at, O.PATH | O.NOFOLLOW);
}

export function closeAttributeDescriptor(volume: Volume, at: number, fd: number): void {
  if (!volume.nodes.isDirectory(at)) sys.close(fd);
}
