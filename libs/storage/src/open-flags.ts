/** What the flags of an open mean: to policy, to the lower file, to the registered descriptor. */
import { O } from '@sluice/sys';
import { ACCESS } from '@sluice/policy';

/**
 * What of open(2)'s flags reaches the lower file. Not O_DIRECT: the daemon's buffers are not aligned to what the lower
 * file system wants. Not O_CREAT and O_EXCL: creating is another path. Not O_NONBLOCK: files here are regular.
 */
const LOWER_FLAGS = O.ACCMODE | O.TRUNC | O.APPEND | O.SYNC | O.DSYNC | O.NOATIME;

export function lowerOpenFlags(flags: number): number {
  return (flags & LOWER_FLAGS) | O.NOFOLLOW | O.LARGEFILE;
}

/** The flags under which the file of an O_DIRECT open is registered where the kernel uses the very descriptor. */
export function directFlags(flags: number): number {
  return (flags & LOWER_FLAGS & ~O.TRUNC) | O.DIRECT | O.LARGEFILE | O.CLOEXEC;
}

/** ACCESS bits of open flags. */
export function accessOf(flags: number): number {
  const mode = flags & O.ACCMODE;
  return mode === O.RDONLY ? ACCESS.read : mode === O.WRONLY ? ACCESS.write : ACCESS.read | ACCESS.write;
}

/** What the open asks of policy: ACCESS bits of open flags. */
export function askedOf(flags: number): number {
  return accessOf(flags) | ((flags & FMODE_EXEC) !== 0 ? ACCESS.mmap : 0);
}

/** __FMODE_EXEC (linux/fs.h): the file is opened to be executed. The kernel leaves it among the flags of an OPEN. */
const FMODE_EXEC = 0x20;
