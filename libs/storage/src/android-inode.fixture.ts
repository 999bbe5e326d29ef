/**
 * What Android's kernels do with one inode's opens, as they were observed: an id is the lowest that is free, an open uses it
 * up, and one that is not known serves the open by the daemon without a word. The table of ids is the connection's, so a
 * number that was used up may soon mean another file. Earliest kernels have a registration in flight instead of a table.
 */
import { ERRNO } from '@sluice/sys';
import { FOPEN } from '@sluice/wire';
import type { Dialect } from '@sluice/session';
import { KernelInode } from './kernel-inode.fixture.ts';
import type { KernelFile, Way } from './kernel-inode.fixture.ts';

type Registered = 'ours' | 'foreign';

export class AndroidInode extends KernelInode {
  readonly dialect: Dialect;
  readonly #table = new Map<number, Registered>();
  /** What the open files pass through to, by the files themselves. */
  readonly #passing = new Map<KernelFile, Registered>();
  /** Of a dialect without ids: the registration that the next answer to be acted upon is bound to. */
  #inFlight = false;

  constructor(dialect: Dialect) {
    super();
    this.dialect = dialect;
  }

  register(ours: boolean): number {
    if (this.dialect.owner === 'request') {
      this.#inFlight ||= ours;
      return 0;
    }
    let id = 1;
    while (this.#table.has(id)) id++;
    this.#table.set(id, ours ? 'ours' : 'foreign');
    return id;
  }

  unregister(): void {
    throw new Error('these kernels know no such ioctl');
  }

  get stranded(): number {
    return [...this.#table.values()].filter((registered) => registered === 'ours').length;
  }

  open(file: KernelFile): number {
    const registered = this.#consume(file.id);
    const splits = (file.flags & FOPEN.DIRECT_IO) !== 0 && !this.dialect.mapsLowerFile;
    if (registered !== undefined && !splits) this.#passing.set(file, registered);
    this.opened(file);
    return 0;
  }

  /** ENODEV for direct opens, as before DIRECT_IO_ALLOW_MMAP. */
  map(file: KernelFile): number {
    if ((file.flags & FOPEN.DIRECT_IO) !== 0 && !this.passes(file)) return ERRNO.ENODEV;
    file.mapped = true;
    return 0;
  }

  close(file: KernelFile): void {
    this.#passing.delete(file);
  }

  passes(file: KernelFile): boolean {
    return this.#passing.has(file);
  }

  clone(files: ReadonlyMap<KernelFile, KernelFile> = new Map()): AndroidInode {
    const copy = new AndroidInode(this.dialect).copyBytes(this);
    for (const [id, registered] of this.#table) copy.#table.set(id, registered);
    for (const [file, registered] of this.#passing) copy.#passing.set(files.get(file) ?? file, registered);
    copy.#inFlight = this.#inFlight;
    return copy;
  }

  protected wayOf(file: KernelFile): Way {
    if (this.#passing.get(file) === 'foreign') throw new Error('an open passes through to another file');
    if (this.passes(file)) return 'past';
    return (file.flags & FOPEN.DIRECT_IO) !== 0 ? 'daemon' : 'pages';
  }

  protected mappingOf(file: KernelFile): 'past' | 'pages' {
    return this.passes(file) && this.dialect.mapsLowerFile ? 'past' : 'pages';
  }

  #consume(id: number): Registered | undefined {
    if (this.dialect.owner === 'request') {
      const registered = this.#inFlight ? 'ours' : undefined;
      this.#inFlight = false;
      return registered;
    }
    const registered = this.#table.get(id);
    this.#table.delete(id);
    return registered;
  }
}
