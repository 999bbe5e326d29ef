/**
 * Counters of one worker: doubles in session memory that only this worker writes. Counting costs the serving path one
 * addition; whoever wants a sum adds the workers up.
 */
import { OPCODE_COUNT, opcodeIndex } from '@sluice/wire';
import { COUNTERS_PER_WORKER } from './memory.ts';
import type { SessionMemory } from './memory.ts';

/** Counters free for the file system behind the session, after those of the opcodes. */
export const NAMED_COUNTERS = COUNTERS_PER_WORKER - OPCODE_COUNT;

export class WorkerCounters {
  readonly #values: Float64Array;
  readonly #at: number;

  constructor(memory: SessionMemory, worker: number) {
    this.#values = memory.f64;
    this.#at = memory.countersAt(worker);
  }

  countRequest(opcode: number): void {
    const index = this.#at + opcodeIndex(opcode);
    this.#values[index] = (this.#values[index] as number) + 1;
  }

  /** `counter`: 0 to {@link NAMED_COUNTERS} - 1. */
  add(counter: number, amount: number): void {
    const index = this.#at + OPCODE_COUNT + counter;
    this.#values[index] = (this.#values[index] as number) + amount;
  }
}

/** Sum over all workers of an opcode's count. */
export function requestCount(memory: SessionMemory, opcode: number): number {
  return sum(memory, opcodeIndex(opcode));
}

/** Sum over all workers of a named counter. */
export function namedCount(memory: SessionMemory, counter: number): number {
  return sum(memory, OPCODE_COUNT + counter);
}

function sum(memory: SessionMemory, index: number): number {
  let total = 0;
  for (let worker = 0; worker < memory.geometry.workers; worker++) {
    total += memory.f64[memory.countersAt(worker) + index] as number;
  }
  return total;
}
