/**
 * For how long the kernel may go by attributes. A directory's are valid for one tick of the kernel's clock at least, even
 * with a timeout of 0: before each path component the kernel checks permission by the directory's mode and owner, and asks
 * for them again, right behind the LOOKUP that brought them, where they have expired. That would be the half of all
 * requests. A name is still looked up each time, and a LOOKUP brings fresh attributes; only what changes on the lower tree
 * within a tick (1 to 10 ms) may be seen one tick late by way of an open directory or the root.
 */
import { O } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { NODE } from './layout.ts';
import { MODE } from './open-mode.ts';
import type { Volume } from './volume.ts';

/** The kernel rounds it up to a tick (fs/fuse/inode.c, time_to_jiffies). */
const ONE_TICK = 1;

/**
 * The nanoseconds beside the seconds. `ms`: what a rule says, in milliseconds, or -1 for the volume's own timeout, whose
 * seconds are `volume.validSeconds`.
 */
export function attributeNanoseconds(volume: Volume, isDirectory: boolean, ms: number): number {
  const seconds = ms < 0 ? volume.validSeconds : Math.floor(ms / 1000);
  const nanoseconds = ms < 0 ? volume.validNanoseconds : (ms % 1000) * 1_000_000;
  return isDirectory && seconds === 0 && nanoseconds === 0 ? ONE_TICK : nanoseconds;
}

/**
 * Whether the kernel does not notice by itself that the node's times change: it has opens that pass through, in a dialect
 * that does not take the lower file's mtime over. Its attributes are then valid for no time at all.
 */
export function timesMayDrift(volume: Volume, at: number): boolean {
  return !volume.dialect.keepsTimes && volume.memory.getU32(at + NODE.passthroughOpens) > 0;
}

/**
 * An open of the node with these `mode` and `flags` has been closed: what the kernel was told before it may be old where
 * nothing told it otherwise. The caller holds the table lock.
 */
export function noteWritten(volume: Volume, at: number, mode: number, flags: number): void {
  if (volume.dialect.keepsTimes || mode !== MODE.passthrough || (flags & O.ACCMODE) === O.RDONLY) return;
  volume.deferred.expire(volume.nodes.slotOf(at), volume.memory.getU32(at + NODE.generation));
}

/** What policy says of the node's attribute timeout, in milliseconds, or -1. */
export function attributeTimeoutOf(volume: Volume, request: Request, at: number): number {
  if (at !== 0 && timesMayDrift(volume, at)) return 0;
  if (at === 0 || !volume.policy.image.shapesNames) return -1;
  volume.lock.acquire();
  const decision = volume.decisions.about(request, at, 0, 0);
  volume.lock.release();
  return volume.policy.image.attributeTimeoutMs(decision);
}
