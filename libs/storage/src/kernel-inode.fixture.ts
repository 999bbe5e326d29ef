/**
 * What models of a kernel's inode share: the bytes. A file has one page; every write gives it the next version, and whoever
 * reads another than the last one has been served old bytes. The page cache may hold a version of its own.
 */
import { FOPEN } from '@sluice/wire';

export interface KernelFile {
  readonly flags: number;
  readonly id: number;
  /** A direct open that is memory-mapped fills the page cache like a cached one, until it is closed. */
  mapped: boolean;
}

/** Where an open file's reads and writes go. */
export type Way = 'past' | 'daemon' | 'pages';

export abstract class KernelInode {
  protected lower = 0;
  /** The version in the page cache, undefined while there is none. */
  protected page: number | undefined;

  /** Registers the inode's lower file, or another one's: an id. */
  abstract register(ours: boolean): number;
  /** BACKING_CLOSE. */
  abstract unregister(id: number): void;
  /** The errno that the app sees, or 0. */
  abstract open(file: KernelFile): number;
  /** The same. */
  abstract map(file: KernelFile): number;
  abstract close(file: KernelFile): void;
  abstract clone(): KernelInode;
  /** Throws a sentence where the file is not the inode's own. */
  protected abstract wayOf(file: KernelFile): Way;
  protected abstract mappingOf(file: KernelFile): 'past' | 'pages';
  /** Ids that were given and that nothing will end any more. */
  abstract get stranded(): number;

  /** Writes by each of the files in turn, reads by all after each: what was wrong, or ''. */
  exercise(files: readonly KernelFile[]): string {
    for (const writer of files) {
      const written = ++this.lower;
      const way = this.wayOf(writer);
      if (way === 'pages') this.page = written;
      // Mainline drops the pages; older kernels read the attributes anew, and drop them with the old mtime.
      else if (way === 'daemon') this.page = undefined;
      for (const reader of files) {
        const read = this.#read(this.wayOf(reader));
        if (read !== written) return `a ${this.wayOf(reader)} read is old after a ${way} write`;
        const seen = reader.mapped ? this.#read(this.mappingOf(reader)) : written;
        if (seen !== written) return `a ${this.mappingOf(reader)} mapping is old after a ${way} write`;
      }
    }
    return '';
  }

  protected opened({ flags }: KernelFile): void {
    if ((flags & FOPEN.KEEP_CACHE) === 0) this.page = undefined;
  }

  protected copyBytes(from: KernelInode): this {
    this.lower = from.lower;
    this.page = from.page;
    return this;
  }

  #read(way: Way): number {
    if (way !== 'pages') return this.lower;
    this.page ??= this.lower;
    return this.page;
  }
}
