/**
 * What the mainline kernel does with one inode's opens, in so far as a daemon's choice of modes can go wrong: the rules of
 * fs/fuse/iomode.c and passthrough.c since 6.9, written anew from their description. Opening and mapping give an errno.
 */
import { ERRNO } from '@sluice/sys';
import { FOPEN } from '@sluice/wire';
import { KernelInode } from './kernel-inode.fixture.ts';
import type { KernelFile, Way } from './kernel-inode.fixture.ts';

const BESIDE_PASSTHROUGH = FOPEN.PASSTHROUGH | FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES | FOPEN.NOFLUSH;

export class MainlineInode extends KernelInode {
  /** Ids that were registered and not ended. */
  readonly ids = new Set<number>();
  #nextId = 1;
  /** Opens that use the page cache; below 0: opens that pass through. */
  #cacheUsers = 0;
  /** The backing file's id while an open passes through. */
  #backing = 0;

  register(): number {
    this.ids.add(this.#nextId);
    return this.#nextId++;
  }

  unregister(id: number): void {
    this.ids.delete(id);
  }

  get stranded(): number {
    return this.ids.size;
  }

  /** 0 or EIO. */
  open(file: KernelFile): number {
    const { flags, id } = file;
    if (this.#backing !== 0 && (flags & FOPEN.PASSTHROUGH) === 0) return ERRNO.EIO;
    if ((flags & FOPEN.PASSTHROUGH) === 0) {
      if ((flags & FOPEN.DIRECT_IO) === 0) this.#cacheUsers++;
      this.opened(file);
      return 0;
    }
    if ((flags & ~BESIDE_PASSTHROUGH) !== 0) return ERRNO.EIO;
    if (!this.ids.has(id)) return ERRNO.EIO;
    if (this.#backing !== 0 && this.#backing !== id) return ERRNO.EIO;
    if (this.#cacheUsers > 0) return ERRNO.EIO;
    this.#cacheUsers--;
    this.#backing = id;
    this.opened(file);
    return 0;
  }

  /** 0 or ENODEV. */
  map(file: KernelFile): number {
    if ((file.flags & FOPEN.PASSTHROUGH) !== 0) {
      file.mapped = true;
      return 0;
    }
    if (this.#backing !== 0) return ERRNO.ENODEV;
    if ((file.flags & FOPEN.DIRECT_IO) !== 0 && !file.mapped) this.#cacheUsers++;
    file.mapped = true;
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
    const copy = new MainlineInode().copyBytes(this);
    for (const id of this.ids) copy.ids.add(id);
    copy.#nextId = this.#nextId;
    copy.#cacheUsers = this.#cacheUsers;
    copy.#backing = this.#backing;
    return copy;
  }

  protected wayOf({ flags }: KernelFile): Way {
    if ((flags & FOPEN.DIRECT_IO) !== 0) return 'daemon';
    return (flags & FOPEN.PASSTHROUGH) !== 0 ? 'past' : 'pages';
  }

  protected mappingOf({ flags }: KernelFile): 'past' | 'pages' {
    return (flags & FOPEN.PASSTHROUGH) !== 0 ? 'past' : 'pages';
  }
}
