/**
 * What the mainline kernel does with one inode's opens, in so far as a daemon's choice of modes can go wrong: the rules of
 * fs/fuse/iomode.c and passthrough.c since 6.9, written anew from their description. Opening and mapping give an errno.
 */
import { ERRNO } from '@sluice/sys';
import { FOPEN } from '@sluice/wire';

const BESIDE_PASSTHROUGH = FOPEN.PASSTHROUGH | FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES | FOPEN.NOFLUSH;

export interface KernelFile {
  readonly flags: number;
  readonly id: number;
  /** A direct open that is memory-mapped fills the page cache like a cached one, until it is closed. */
  mapped: boolean;
}

export class MainlineInode {
  /** Ids that were registered and not ended. */
  readonly ids = new Set<number>();
  /** Opens that use the page cache; below 0: opens that pass through. */
  #cacheUsers = 0;
  /** The backing file's id while an open passes through. */
  #backing = 0;

  /** 0 or EIO. */
  open({ flags, id }: KernelFile): number {
    if (this.#backing !== 0 && (flags & FOPEN.PASSTHROUGH) === 0) return ERRNO.EIO;
    if ((flags & FOPEN.PASSTHROUGH) === 0) {
      if ((flags & FOPEN.DIRECT_IO) === 0) this.#cacheUsers++;
      return 0;
    }
    if ((flags & ~BESIDE_PASSTHROUGH) !== 0) return ERRNO.EIO;
    if (!this.ids.has(id)) return ERRNO.EIO;
    if (this.#backing !== 0 && this.#backing !== id) return ERRNO.EIO;
    if (this.#cacheUsers > 0) return ERRNO.EIO;
    this.#cacheUsers--;
    this.#backing = id;
    return 0;
  }

  /** 0 or ENODEV. */
  map(file: KernelFile): number {
    if ((file.flags & FOPEN.PASSTHROUGH) !== 0) return 0;
    if (this.#backing !== 0) return ERRNO.ENODEV;
    if ((file.flags & FOPEN.DIRECT_IO) !== 0 && !file.mapped) {
      file.mapped = true;
      this.#cacheUsers++;
    }
    return 0;
  }

  close(file: KernelFile): void {
    if ((file.flags & FOPEN.PASSTHROUGH) !== 0) {
      if (++this.#cacheUsers === 0) this.#backing = 0;
    } else if ((file.flags & FOPEN.DIRECT_IO) === 0 || file.mapped) {
      this.#cacheUsers--;
    }
  }

  clone(): MainlineInode {
    const copy = new MainlineInode();
    for (const id of this.ids) copy.ids.add(id);
    copy.#cacheUsers = this.#cacheUsers;
    copy.#backing = this.#backing;
    return copy;
  }
}
