/**
 * A passthrough dialect: how one family of kernels is told to carry a file's data itself. One file per dialect; the
 * INIT bits choose, never a kernel version, and a trial mount proves the choice (see ../proof).
 */
import type { SessionMemory } from '../memory.ts';

export type DialectName = 'mainline' | 'none';

/** The two flag words of INIT, unsigned. */
export interface InitFlags {
  readonly flags: number;
  readonly flags2: number;
}

export interface Dialect {
  readonly name: DialectName;
  /** Bits that the kernel must offer and that the INIT reply sets. */
  readonly bits: InitFlags;
  /** For `fuse_init_out.max_stack_depth`; 0 where the dialect has no such field. */
  readonly maxStackDepth: number;
  /** FOPEN_* bits that go with an id in `fuse_open_out`. */
  readonly openFlags: number;
  /**
   * Registers the lower file behind `lowerFd` (O_PATH will do) with the connection of `device`: an id greater than 0, or
   * -errno. `scratchAt`: offset of 16 free bytes, 8-byte aligned, that only the caller's thread uses.
   */
  register(memory: SessionMemory, device: number, lowerFd: number, scratchAt: number): number;
  /** Ends a registration: 0 or -errno. Opens that already use it go on. */
  unregister(memory: SessionMemory, device: number, id: number, scratchAt: number): number;
}
