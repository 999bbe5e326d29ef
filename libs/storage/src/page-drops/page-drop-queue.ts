/**
 * WRITEs that are done below and are answered once the kernel has dropped the pages they cover: a ring in session memory,
 * from the workers to the one thread that drops.
 */
import { Lock } from '@sluice/session';
import type { Request, SessionMemory } from '@sluice/session';
import { ERRNO, sys } from '@sluice/sys';
import { IN_HEADER, WRITE_IN } from '@sluice/wire';

/** More than callers that wait for a WRITE on most devices. Who finds it full is answered at once. */
export const PAGE_DROP_CAPACITY = 256;

/** The ring's words, each a u32. */
const RING = {
  lock: 0,
  /** Written by the dropper. Both count up for ever. */
  taken: 64,
  added: 128,
  /** The dropper sleeps on it. */
  signal: 132,
  /** 1: a dropper is there, or somebody has been told to have one started. */
  running: 136,
  stopped: 140,
  /** Room for the dropper's messages. */
  message: 192,
  entries: 256,
} as const;

/** One WRITE. */
export const PAGE_DROP = {
  /** u64 of the request. */
  unique: 0,
  slot: 8,
  generation: 12,
  /** u64. */
  offset: 16,
  bytes: 24,
  SIZE: 32,
} as const;

export const PAGE_DROP_BYTES = RING.entries + PAGE_DROP_CAPACITY * PAGE_DROP.SIZE;

/** What became of {@link PageDropQueue.add}. */
export const ADDED = { full: 0, taken: 1, needsDropper: 2 } as const;

export class PageDropQueue {
  /** Offset of 64 bytes for the dropper's messages. */
  readonly messageAt: number;
  readonly #memory: SessionMemory;
  readonly #at: number;
  readonly #lock: Lock;

  /** `at`: offset of the ring in session memory. */
  constructor(memory: SessionMemory, at: number) {
    this.#memory = memory;
    this.#at = at;
    this.messageAt = at + RING.message;
    this.#lock = new Lock(memory, at + RING.lock);
  }

  /** Adds the WRITE in `request`, of which `bytes` were written. A code of {@link ADDED}. */
  add(request: Request, bytes: number): number {
    const memory = this.#memory;
    this.#lock.acquire();
    const added = memory.load(this.#at + RING.added);
    if ((added - memory.load(this.#at + RING.taken)) >>> 0 >= PAGE_DROP_CAPACITY) {
      this.#lock.release();
      return ADDED.full;
    }
    const entry = this.#entry(added);
    memory.copyU64(entry + PAGE_DROP.unique, request.headerAt + IN_HEADER.unique);
    memory.setU32(entry + PAGE_DROP.slot, request.nodeSlot);
    memory.setU32(entry + PAGE_DROP.generation, request.nodeGeneration);
    memory.copyU64(entry + PAGE_DROP.offset, request.argumentAt + WRITE_IN.offset);
    memory.setU32(entry + PAGE_DROP.bytes, bytes);
    memory.store(this.#at + RING.added, (added + 1) >>> 0);
    const isRunning = memory.load(this.#at + RING.running) !== 0;
    memory.store(this.#at + RING.running, 1);
    this.#lock.release();
    this.#signal();
    return isRunning ? ADDED.taken : ADDED.needsDropper;
  }

  /**
   * For the dropper: the offset of the oldest entry, kept until {@link done}. 0: it is to go, being stopped, or having had
   * nothing to do for `timeoutMs`.
   */
  next(timeoutMs: number): number {
    const memory = this.#memory;
    for (;;) {
      const signal = memory.load(this.#at + RING.signal);
      const entry = this.oldest();
      if (entry !== 0) return entry;
      if (memory.load(this.#at + RING.stopped) !== 0) return 0;
      const waited = sys.futexWait(memory.base + this.#at + RING.signal, signal, timeoutMs);
      if (waited === -ERRNO.ETIMEDOUT && this.leave()) return 0;
    }
  }

  /** The offset of the oldest entry, or 0. */
  oldest(): number {
    const taken = this.#memory.load(this.#at + RING.taken);
    return this.#memory.load(this.#at + RING.added) === taken ? 0 : this.#entry(taken);
  }

  done(): void {
    this.#memory.add(this.#at + RING.taken, 1);
  }

  /** The dropper goes, unless there is something to do again. True: who adds from now on is told to have one started. */
  leave(): boolean {
    this.#lock.acquire();
    const mayGo = this.oldest() === 0;
    if (mayGo) this.#memory.store(this.#at + RING.running, 0);
    this.#lock.release();
    return mayGo;
  }

  stop(): void {
    this.#memory.store(this.#at + RING.stopped, 1);
    this.#signal();
  }

  #signal(): void {
    this.#memory.add(this.#at + RING.signal, 1);
    sys.futexWake(this.#memory.base + this.#at + RING.signal, 1);
  }

  #entry(count: number): number {
    return this.#at + RING.entries + (count % PAGE_DROP_CAPACITY) * PAGE_DROP.SIZE;
  }
}
