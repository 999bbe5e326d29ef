/**
 * Names of nodes, in blocks of 16, 32, 64, 128 or 256 bytes, NUL-terminated so that system calls take them where they
 * lie. A freed block goes to its class's free list. The caller holds the table lock.
 */
import type { SessionMemory } from '@sluice/session';
import { SHARED } from './layout.ts';
import type { StorageLayout } from './layout.ts';

const SMALLEST = 16;
const CLASSES = 5;
/** NAME_MAX of Linux. */
export const LONGEST_NAME = 255;

export class NamePool {
  readonly #memory: SessionMemory;
  readonly #layout: StorageLayout;

  constructor(memory: SessionMemory, layout: StorageLayout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /**
   * Copies `length` bytes at `from` into a block of their own. The block's offset in session memory; 0: the pool is full, or
   * the name too long, as some lower file systems' are (VFAT: 255 characters, not bytes).
   */
  store(from: number, length: number): number {
    if (length > LONGEST_NAME) return 0;
    const sizeClass = classOf(length);
    const at = this.#take(sizeClass);
    if (at === 0) return 0;
    const { u8 } = this.#memory;
    u8.copyWithin(at, from, from + length);
    u8[at + length] = 0;
    return at;
  }

  free(at: number, length: number): void {
    if (at === 0) return;
    const head = this.#layout.shared + SHARED.nameFree + classOf(length) * 4;
    this.#memory.setU32(at, this.#memory.getU32(head));
    this.#memory.setU32(head, at);
  }

  #take(sizeClass: number): number {
    const memory = this.#memory;
    const head = this.#layout.shared + SHARED.nameFree + sizeClass * 4;
    const reused = memory.getU32(head);
    if (reused !== 0) {
      memory.setU32(head, memory.getU32(reused));
      return reused;
    }
    const topAt = this.#layout.shared + SHARED.nameTop;
    const top = memory.getU32(topAt);
    const bytes = SMALLEST << sizeClass;
    if (top + bytes > this.#layout.geometry.nameBytes) return 0;
    memory.setU32(topAt, top + bytes);
    return this.#layout.names + top;
  }
}

/** The smallest class whose blocks hold `length` bytes and a NUL. */
function classOf(length: number): number {
  for (let sizeClass = 0; sizeClass < CLASSES; sizeClass++) {
    if (length < SMALLEST << sizeClass) return sizeClass;
  }
  throw new RangeError(`a name of ${length} bytes: ${LONGEST_NAME} are possible`);
}
