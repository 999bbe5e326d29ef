/**
 * Mappings that outlive their open. A shared mapping made under passthrough is one of the lower file, and keeps only the
 * kernel's lower open: the FUSE file is released with its descriptor (backing_file_mmap, fs/backing-file.c). What is
 * written by way of it would not be seen in pages that the kernel caches for the inode, so an inode that may have such a
 * mapping leaves passthrough mode only after a look at the lower file.
 */
import { F, O, sys } from '@sluice/sys';
import type { Request } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { BACKING_PENDING, NODE, NODE_FLAG } from './layout.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/** Whether the node, open nowhere, was passed through to somebody who could write by a mapping. */
export function mayBeMapped(volume: Volume, at: number): boolean {
  const { memory, nodes } = volume;
  return (
    nodes.flag(at, NODE_FLAG.mappable) &&
    memory.getU32(at + NODE.passthroughOpens) === 0 &&
    memory.getU32(at + NODE.cachedOpens) === 0 &&
    memory.getU32(at + NODE.directOpens) === 0
  );
}

/**
 * Whether anybody has the lower file open for writing: such a mapping does, and then there is no read lease to be had.
 * A program that writes on the lower tree has the same effect, which is harmless, and so has a lower file system without
 * leases. If nobody does, the node is told apart no more.
 *
 * Called and left with the table lock held, but without it during the system calls; opens of the node wait meanwhile.
 * `openFd`: the caller's own lower descriptor, closed here because it may be one for writing; or -1.
 */
export function isWrittenBelow(volume: Volume, request: Request, at: number, openFd: number): boolean {
  const { memory, nodes, lock } = volume;
  const idle = memory.getI32(at + NODE.backingId);
  volume.registrations.becomeUsed(at);
  memory.setI32(at + NODE.backingId, BACKING_PENDING);
  lock.release();
  if (openFd >= 0) sys.close(openFd);
  // The registration may itself be of a descriptor for writing.
  if (idle > 0 && volume.dialect.unregister(memory, volume.device, idle, volume.scratch(SCRATCH.ioctl)) === 0)
    volume.counters.add(COUNTER.registrationsClosed, 1);
  const fd = volume.lower.open(at, O.RDONLY | O.NOFOLLOW | O.NONBLOCK | O.LARGEFILE);
  const leased = fd < 0 ? fd : sys.lease(fd, F.RDLCK);
  if (leased === 0) sys.lease(fd, F.UNLCK);
  if (fd >= 0) sys.close(fd);
  lock.acquire();
  memory.setI32(at + NODE.backingId, 0);
  sys.futexWake(request.address(at + NODE.backingId), 16);
  if (leased === 0) nodes.setFlag(at, NODE_FLAG.mappable, false);
  return leased !== 0;
}
