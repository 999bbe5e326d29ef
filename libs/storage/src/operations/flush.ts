import { ERRNO } from '@sluice/sys';

/**
 * FLUSH: refused with ENOSYS, after which the kernel stops sending it. A lower file on a local file system reports its
 * write errors at write and fsync, and locks are the kernel's own, so there is nothing to do at each close.
 */
export function flush(): number {
  return -ERRNO.ENOSYS;
}
