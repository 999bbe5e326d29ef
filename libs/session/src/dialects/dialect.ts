/**
 * A passthrough dialect: how one family of kernels is told to carry a file's data itself. One file per dialect; the
 * INIT bits choose, ENOTTY refines the choice within a family, a kernel version never does, and a trial mount proves it
 * (see ../proof). What the file system above has to know of a dialect to keep its rules is said here as data.
 */
import type { SessionMemory } from '../memory.ts';

export type DialectName = 'mainline' | 'android-v2' | 'android-v1' | 'android-v0' | 'android-unique' | 'none';

/** The two flag words of INIT, unsigned. */
export interface InitFlags {
  readonly flags: number;
  readonly flags2: number;
}

/** What a kernel says in INIT. `flags2` is 0 where it says none. */
export interface InitOffer extends InitFlags {
  /** Of the protocol: 7.minor. */
  readonly minor: number;
}

/**
 * Whose a registration is.
 *
 * - `inode`: an id lives until it is ended. It is shared by the opens of an inode, which could not have different ones.
 * - `open`: the reply to one OPEN or CREATE uses the id up. An id that no reply carries to the kernel stays, and keeps
 *   its lower file open, until the connection ends.
 * - `request`: there is no id. The registration is bound to the OPEN or CREATE in flight and ends with it.
 */
export type RegistrationOwner = 'inode' | 'open' | 'request';

export interface Dialect {
  readonly name: DialectName;
  /** The bits that the INIT reply has to set, or undefined where the kernel does not offer the dialect. */
  accepts(offer: InitOffer): InitFlags | undefined;
  /** The dialect that a kernel with the same INIT bits speaks if it does not know this one's ioctl (ENOTTY). */
  readonly otherwise: DialectName | undefined;
  /** For `fuse_init_out.max_stack_depth`; 0 where the dialect has no such field. */
  readonly maxStackDepth: number;
  /**
   * FOPEN_* bits that go with an id in `fuse_open_out`. Never KEEP_CACHE: mainline answers EIO, and Android's kernels
   * would keep pages that passthrough writes make old.
   */
  readonly openFlags: number;
  readonly owner: RegistrationOwner;
  /**
   * The kernel uses the very open file that was registered, so the descriptor must have the app's access mode, O_APPEND
   * and O_DIRECT. Otherwise it opens the file anew for each open and any descriptor will do, O_PATH included.
   */
  readonly usesDescriptor: boolean;
  /**
   * FOPEN_DIRECT_IO beside an id sends reads and writes to the daemon and maps the lower file. Elsewhere the bit is
   * without effect (V2, V1) or takes passthrough away (V0, unique).
   */
  readonly splitsDirect: boolean;
  /** The kernel lets cached and passthrough opens of an inode stand side by side; the cached ones then see old pages. */
  readonly mixesModes: boolean;
  /** A mapping is one of the lower file. Otherwise the daemon fills it, and passthrough writes are not seen in it. */
  readonly mapsLowerFile: boolean;
  /** The kernel takes mtime over after passthrough writes. Otherwise it goes on with what it was told before. */
  readonly keepsTimes: boolean;
  /**
   * Registers the lower file behind `lowerFd` with the connection of `device`: an id greater than 0, 0 where the owner is
   * the request, or -errno. `scratchAt`: offset of 24 free bytes, 8-byte aligned, that only the caller's thread uses.
   * `uniqueAt`: offset of the u64 `unique` of the OPEN or CREATE in flight; 0 where there is none.
   */
  register(
    memory: SessionMemory,
    device: number,
    lowerFd: number,
    scratchAt: number,
    uniqueAt: number,
  ): number;
  /**
   * Ends a registration: 0 or -errno. Opens that already use it go on. EOPNOTSUPP where the kernel ends them by itself.
   */
  unregister(memory: SessionMemory, device: number, id: number, scratchAt: number): number;
}
