/**
 * A mutex in session memory: 0 free, 1 held, 2 held with waiters (the three-state futex lock). It works between the
 * threads and the processes that map the memory. Held for memory work only, except the reader lock, whose holder is the
 * one worker that waits in read(/dev/fuse).
 */
import { sys } from '@sluice/sys';
import type { Address } from '@sluice/sys';
import type { SessionMemory } from './memory.ts';

const FREE = 0;
const HELD = 1;
const HELD_WITH_WAITERS = 2;
/** Critical sections last well under a microsecond: a short spin saves most sleeps. */
const SPINS = 100;

export class Lock {
  readonly #words: Int32Array;
  readonly #index: number;
  readonly #address: Address;
  readonly #spins: number;
  /** By this object, between {@link acquire} and {@link release}. */
  #held = false;

  constructor(memory: SessionMemory, at: number, spins = SPINS) {
    this.#words = memory.i32;
    this.#index = at >>> 2;
    this.#address = memory.base + at;
    this.#spins = spins;
  }

  acquire(): void {
    const words = this.#words;
    const index = this.#index;
    this.#held = true;
    if (Atomics.compareExchange(words, index, FREE, HELD) === FREE) return;
    for (let spin = 0; spin < this.#spins; spin++) {
      if (Atomics.load(words, index) === FREE && Atomics.compareExchange(words, index, FREE, HELD) === FREE)
        return;
    }
    while (Atomics.exchange(words, index, HELD_WITH_WAITERS) !== FREE) {
      sys.futexWait(this.#address, HELD_WITH_WAITERS, -1);
    }
  }

  /** After a defect in a critical section: what it left is better gone on with than waited for, by everybody, for ever. */
  releaseIfHeld(): boolean {
    const held = this.#held;
    if (held) this.release();
    return held;
  }

  tryAcquire(): boolean {
    return Atomics.compareExchange(this.#words, this.#index, FREE, HELD) === FREE;
  }

  /** The same, and if the lock is held, its release will wake who {@link wait}s. */
  tryAcquireAsWaiter(): boolean {
    return Atomics.exchange(this.#words, this.#index, HELD_WITH_WAITERS) === FREE;
  }

  /** Sleeps until a release, a {@link wakeWaiter} or the time limit (-1: none). Follows a failed tryAcquireAsWaiter. */
  wait(timeoutMs: number): void {
    sys.futexWait(this.#address, HELD_WITH_WAITERS, timeoutMs);
  }

  /** For the holder: wakes a waiter without letting go. The word changes, so a waiter about to sleep does not. */
  wakeWaiter(): void {
    Atomics.store(this.#words, this.#index, HELD);
    sys.futexWake(this.#address, 1);
  }

  release(): void {
    this.#held = false;
    if (Atomics.exchange(this.#words, this.#index, FREE) === HELD_WITH_WAITERS)
      sys.futexWake(this.#address, 1);
  }
}
