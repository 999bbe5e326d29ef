/**
 * The lower tree by paths: every one is opened beneath the root, and none leads through a symlink. Synchronous calls: the
 * package serves one request at a time, and Node's asynchronous ones cost ten times as much.
 */
import { AT, ERRNO, LOWER_STAT, O, RESOLVE, S, Scratch, sys } from '@sluice/sys';
import type { Address } from '@sluice/sys';
import { openBeneath, typeOfMode } from '@sluice/storage';
import { ATTR } from '@sluice/wire';
import { lastName, parentLength } from './volume-path.ts';

const BENEATH = RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS;
/** XATTR_SIZE_MAX of linux/limits.h is a quarter of it; paths, names and records of a request fit beside a value. */
const SCRATCH_BYTES = 256 * 1024;

/** The directory that a name is in: an O_PATH descriptor, and the address of the name. */
export interface NamePlace {
  directory: number;
  name: Address;
}

export class LowerTree {
  /** For operands of one request; emptied before the next. */
  readonly scratch = new Scratch(SCRATCH_BYTES);
  readonly #paths = new Scratch();
  readonly #rootFd: number;

  constructor(rootFd: number) {
    this.#rootFd = rootFd;
  }

  /** An O_PATH descriptor, or -errno. */
  open(path: Uint8Array): number {
    this.#paths.reset();
    return openBeneath(this.#rootFd, path, this.#paths);
  }

  /** A descriptor for data or entries, or -errno. `flags`: open(2). */
  openFor(path: Uint8Array, flags: number): number {
    const lowerFlags = flags | O.NOFOLLOW | O.CLOEXEC | O.LARGEFILE;
    if (path.length > 0) {
      this.#paths.reset();
      const fd = sys.openat2(this.#rootFd, this.#paths.string(path), lowerFlags, 0, BENEATH);
      if (fd !== -ERRNO.ENOSYS) return fd;
    }
    return this.with(path, (fd) => sys.reopen(fd, lowerFlags & ~O.NOFOLLOW));
  }

  /** What `use` gives for a short-lived O_PATH descriptor, or -errno. */
  with(path: Uint8Array, use: (fd: number) => number): number {
    const fd = this.open(path);
    if (fd < 0) return fd;
    try {
      return use(fd);
    } finally {
      sys.close(fd);
    }
  }

  /** The same for the directory that the path's last name is in. EBUSY for the root, which is in none. */
  withParent(path: Uint8Array, use: (place: NamePlace) => number): number {
    if (path.length === 0) return -ERRNO.EBUSY;
    return this.with(path.subarray(0, parentLength(path)), (directory) =>
      use({ directory, name: this.scratch.string(lastName(path)) }),
    );
  }

  /** Where a LOWER_STAT record of what the path names has been written, or -errno. */
  stat(path: Uint8Array): number {
    const at = this.scratch.bytes(LOWER_STAT.SIZE);
    const result = this.with(path, (fd) => sys.stat(fd, 0, AT.EMPTY_PATH, at));
    return result < 0 ? result : at;
  }

  /** The same of an open file. */
  statOf(fd: number): number {
    const at = this.scratch.bytes(LOWER_STAT.SIZE);
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, at);
    return result < 0 ? result : at;
  }

  /** TYPE of what the path names, or -errno. */
  typeOf(path: Uint8Array): number {
    const at = this.stat(path);
    return at < 0 ? at : this.typeAt(at);
  }

  typeAt(record: Address): number {
    return typeOfMode(this.scratch.u32At(record + ATTR.mode));
  }

  isRegularAt(record: Address): boolean {
    return (this.scratch.u32At(record + ATTR.mode) & S.IFMT) === S.IFREG;
  }

  sizeAt(record: Address): number {
    return Number(this.scratch.u64At(record + ATTR.size));
  }
}
