/**
 * The ring in session memory that carries a trace from the workers to the volume server's main thread: many writers, one
 * reader. A writer that finds no room, or another writer in the way, counts its event as dropped and goes on: nobody waits
 * for a trace. Not one word of it is touched while nothing is being recorded, but `on`.
 */
import { Lock } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';

const CONTROL_BYTES = 64;
/** A power of two. */
export const TRACE_RING_BYTES = 1 << 20;
export const TRACE_REGION_BYTES = CONTROL_BYTES + TRACE_RING_BYTES;

/** Words at the start of the region. `head` and `tail` count bytes, modulo 2^32. */
const CONTROL = {
  /** 0, or the number of the trace that is being recorded. */
  on: 0,
  lock: 4,
  head: 8,
  tail: 12,
  dropped: 16,
  /** The number of the last trace. */
  last: 20,
} as const;

/** A record: offsets of its words. Records are multiples of 8 bytes and never wrap. */
export const TRACED = {
  /** Bytes of the whole record. */
  bytes: 0,
  /** TRACED_KIND. */
  kind: 4,
  /** Unix time, milliseconds, a double. */
  atMs: 8,
  uid: 16,
  gid: 20,
  handleSlot: 24,
  handleGeneration: 28,
  /** Opens: the size, a double. Closes: bytes read, u64. */
  size: 32,
  /** Closes: bytes written, u64. */
  written: 40,
  /** Opens: ACCESS bits. Lookups: errno. */
  asked: 48,
  /** Opens: MODE. */
  mode: 52,
  /** Opens: as the policy gave it. */
  decision: 56,
  policyEpoch: 60,
  /** Bytes of the path behind the record, relative to the volume. */
  pathLength: 64,
  path: 72,
} as const;

export const TRACED_KIND = { skip: 0, lookup: 1, open: 2, close: 3 } as const;

const TRIES = 64;

export class TraceRing {
  readonly memory: SessionMemory;
  readonly #at: number;
  readonly #lock: Lock;

  /** `at`: offset of the region. */
  constructor(memory: SessionMemory, at: number) {
    this.memory = memory;
    this.#at = at;
    this.#lock = new Lock(memory, at + CONTROL.lock);
  }

  /** The number of the trace that is being recorded; 0: none. A plain load: the one that the serving path pays. */
  get number(): number {
    return this.memory.getU32(this.#at + CONTROL.on);
  }

  get dropped(): number {
    return this.memory.load(this.#at + CONTROL.dropped);
  }

  // --- the main thread ------------------------------------------------------------------------------------------

  /** Empties the ring and begins a trace. */
  start(): void {
    const { memory } = this;
    const at = this.#at;
    this.#lock.acquire();
    memory.store(at + CONTROL.head, 0);
    memory.store(at + CONTROL.tail, 0);
    memory.store(at + CONTROL.dropped, 0);
    // 0 means none.
    const number = memory.getU32(at + CONTROL.last) + 1 || 1;
    memory.setU32(at + CONTROL.last, number);
    memory.store(at + CONTROL.on, number);
    this.#lock.release();
  }

  /** Ends it. What is in the ring can still be read. */
  stop(): void {
    this.#lock.acquire();
    this.memory.store(this.#at + CONTROL.on, 0);
    this.#lock.release();
  }

  /** Offset of the oldest record, or 0. It stays until it is {@link taken}. */
  oldest(): number {
    const { memory } = this;
    for (;;) {
      const tail = memory.load(this.#at + CONTROL.tail);
      if (tail === memory.load(this.#at + CONTROL.head)) return 0;
      const at = this.#place(tail);
      if (memory.getU32(at + TRACED.kind) !== TRACED_KIND.skip) return at;
      this.taken(at);
    }
  }

  taken(at: number): void {
    this.memory.add(this.#at + CONTROL.tail, this.memory.getU32(at + TRACED.bytes));
  }

  // --- workers --------------------------------------------------------------------------------------------------

  /**
   * Room for a record with a path of `pathLength` bytes: its offset, with the lengths filled in, and the ring is held until
   * {@link commit}. 0: dropped.
   */
  begin(pathLength: number): number {
    const { memory } = this;
    const at = this.#at;
    const bytes = (TRACED.path + pathLength + 7) & ~7;
    if (!this.#hold()) {
      memory.add(at + CONTROL.dropped, 1);
      return 0;
    }
    let head = memory.getU32(at + CONTROL.head);
    const toEnd = TRACE_RING_BYTES - (head & (TRACE_RING_BYTES - 1));
    const skip = toEnd < bytes ? toEnd : 0;
    const used = (head - memory.load(at + CONTROL.tail)) >>> 0;
    const isOn = memory.load(at + CONTROL.on) !== 0;
    if (!isOn || used + skip + bytes > TRACE_RING_BYTES) {
      if (isOn) memory.add(at + CONTROL.dropped, 1);
      this.#lock.release();
      return 0;
    }
    if (skip > 0) {
      const unused = this.#place(head);
      memory.setU32(unused + TRACED.bytes, skip);
      memory.setU32(unused + TRACED.kind, TRACED_KIND.skip);
      head = (head + skip) >>> 0;
      memory.store(at + CONTROL.head, head);
    }
    const record = this.#place(head);
    memory.setU32(record + TRACED.bytes, bytes);
    memory.setU32(record + TRACED.pathLength, pathLength);
    return record;
  }

  /** The record at `record` is whole. */
  commit(record: number): void {
    this.memory.add(this.#at + CONTROL.head, this.memory.getU32(record + TRACED.bytes));
    this.#lock.release();
  }

  /** An event for which no record was begun. */
  drop(): void {
    this.memory.add(this.#at + CONTROL.dropped, 1);
  }

  #hold(): boolean {
    for (let attempt = 0; attempt < TRIES; attempt++) if (this.#lock.tryAcquire()) return true;
    return false;
  }

  #place(counter: number): number {
    return this.#at + CONTROL_BYTES + (counter & (TRACE_RING_BYTES - 1));
  }
}
