/**
 * For how long the kernel may go by attributes. A directory's are valid for one tick of the kernel's clock at least, even
 * with a timeout of 0: before each path component the kernel checks permission by the directory's mode and owner, and asks
 * for them again, right behind the LOOKUP that brought them, where they have expired. That would be the half of all
 * requests. A name is still looked up each time, and a LOOKUP brings fresh attributes; only what changes on the lower tree
 * within a tick (1 to 10 ms) may be seen one tick late by way of an open directory or the root.
 */
import type { Volume } from './volume.ts';

/** The kernel rounds it up to a tick (fs/fuse/inode.c, time_to_jiffies). */
const ONE_TICK = 1;

/** The nanoseconds beside `volume.validSeconds`. */
export function attributeNanoseconds(volume: Volume, isDirectory: boolean): number {
  const { validSeconds, validNanoseconds } = volume;
  return isDirectory && validSeconds === 0 && validNanoseconds === 0 ? ONE_TICK : validNanoseconds;
}
