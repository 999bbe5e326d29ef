/**
 * Who waits in read(/dev/fuse): one worker at a time, the **reader**. The others are parked; the first of them is the
 * **watcher**, which takes the role over when the reader has been on one request for too long, and helps out when
 * requests pile up.
 *
 *   parked ──watch lock──▶ watcher ──reader lock free, or reader relieved──▶ reader ──handOver()──▶ detached ──▶ parked
 *
 * Each worker has a **role word** in its control block: a request number and a state. The reader marks the start of each
 * request; whoever ends its role swaps exactly that word, so a relief that comes too late touches nothing. The reader
 * lock itself is never let go by a relief: it passes from reader to watcher.
 *
 * The watcher looks every {@link TICK_MS} while there is traffic, and sleeps without limit when there has been none for
 * {@link QUIET_TICKS} looks; the reader wakes it with the first request after that. An idle volume wakes nobody.
 */
import { POLL, sys } from '@sluice/sys';
import { Lock } from './lock.ts';
import { HEADER, WORKER } from './memory.ts';
import type { SessionMemory } from './memory.ts';

/** A reader that is stuck is relieved after one to two of these. */
const TICK_MS = 2;
const QUIET_TICKS = 16;
/** Looks in a row at which requests were waiting before the watcher reads as well. */
const BACKLOG_TICKS = 2;

const STATE_MASK = 3;
const OFF_DUTY = 0;
/** Waiting for a request. */
const READING = 1;
/** On a request, the role still its own. */
const SERVING = 2;
const REQUEST_STEP = 4;

export class ReaderRole {
  readonly #memory: SessionMemory;
  readonly #device: number;
  readonly #worker: number;
  readonly #reader: Lock;
  readonly #watch: Lock;
  readonly #roleAt: number;
  /** What this worker last wrote to its role word. */
  #word = OFF_DUTY;
  /** Reading beside the reader, without its lock. */
  #assisting = false;

  constructor(memory: SessionMemory, worker: number, device: number) {
    this.#memory = memory;
    this.#device = device;
    this.#worker = worker;
    this.#reader = new Lock(memory, HEADER.readerLock, 0);
    this.#watch = new Lock(memory, HEADER.watchLock, 0);
    this.#roleAt = memory.control(worker) + WORKER.role;
  }

  /** Waits until this worker may read. Returns at once if it may already. */
  take(): void {
    if ((this.#word & STATE_MASK) === READING) return;
    if (!this.#reader.tryAcquire()) {
      this.#watch.acquire();
      this.#assisting = !this.#waitForReader();
      this.#watch.release();
    }
    if (!this.#assisting) this.#memory.store(HEADER.reader, this.#worker);
    this.#write(((this.#word & ~STATE_MASK) | READING) >>> 0);
  }

  /** A request has come. */
  begin(): void {
    this.#write((((this.#word & ~STATE_MASK) + REQUEST_STEP) | SERVING) >>> 0);
    const memory = this.#memory;
    if (memory.load(HEADER.watcherAsleep) !== 0) {
      memory.store(HEADER.watcherAsleep, 0);
      this.#reader.wakeWaiter();
    }
  }

  /** Lets another worker read while this one is on its request. */
  handOver(): void {
    if (!this.#swap(OFF_DUTY)) return;
    if (this.#assisting) this.#assisting = false;
    else this.#reader.release();
  }

  /**
   * The request is done. True: this worker goes on reading, the reply may go with the next read. False: the role is
   * another's, the reply is to be written now.
   */
  end(): boolean {
    if ((this.#word & STATE_MASK) !== SERVING) return false;
    if (this.#assisting && sys.poll(this.#device, POLL.IN, 0) === 0) {
      // Nothing piles up any more: one reader is enough.
      this.#assisting = false;
      this.#write((this.#word & ~STATE_MASK) >>> 0);
      return false;
    }
    if (this.#swap(READING)) return true;
    // Relieved meanwhile.
    this.#word = (this.#word & ~STATE_MASK) >>> 0;
    return false;
  }

  /** The connection ended: the next one to read finds out for itself. */
  leave(): void {
    if ((this.#word & STATE_MASK) !== OFF_DUTY && !this.#assisting) this.#reader.release();
    this.#write((this.#word & ~STATE_MASK) >>> 0);
  }

  /** True: this worker is the reader. False: it reads beside the reader, because requests pile up. */
  #waitForReader(): boolean {
    const memory = this.#memory;
    let seen = -1;
    let quiet = 0;
    let backlog = 0;
    for (;;) {
      if (this.#reader.tryAcquireAsWaiter()) return true;
      const asleep = quiet >= QUIET_TICKS;
      if (asleep) memory.store(HEADER.watcherAsleep, 1);
      this.#reader.wait(asleep ? -1 : TICK_MS);
      if (asleep) {
        memory.store(HEADER.watcherAsleep, 0);
        quiet = 0;
        continue;
      }
      const roleAt = memory.control(memory.load(HEADER.reader)) + WORKER.role;
      const word = memory.load(roleAt);
      if (word !== seen) {
        quiet = (word & ~STATE_MASK) === (seen & ~STATE_MASK) ? quiet + 1 : 0;
        seen = word;
        backlog = quiet === 0 && sys.poll(this.#device, POLL.IN, 0) > 0 ? backlog + 1 : 0;
        if (backlog >= BACKLOG_TICKS) return false;
      } else if ((word & STATE_MASK) === SERVING) {
        // The same request as a tick ago. The lock stays held: it is ours from here on.
        if (memory.compareExchange(roleAt, word, (word & ~STATE_MASK) >>> 0) === word) return true;
      } else {
        quiet++;
      }
    }
  }

  #write(word: number): void {
    this.#word = word;
    this.#memory.store(this.#roleAt, word);
  }

  /** Moves from SERVING to `state` unless the role was taken away. */
  #swap(state: number): boolean {
    const from = this.#word;
    if ((from & STATE_MASK) !== SERVING) return false;
    const to = ((from & ~STATE_MASK) | state) >>> 0;
    if (this.#memory.compareExchange(this.#roleAt, from, to) !== from) return false;
    this.#word = to;
    return true;
  }
}
