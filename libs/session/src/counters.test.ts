import { describe, expect, it } from 'vitest';
import { OPCODE } from '@sluice/wire';
import { NAMED_COUNTERS, WorkerCounters, namedCount, requestCount } from './counters.ts';
import { sessionMemory } from './session-memory.fixture.ts';

const memory = sessionMemory({ workers: 3, storageBytes: 0 });
const workers = [0, 1, 2].map((worker) => new WorkerCounters(memory, worker));

describe('counters', () => {
  it('sum the workers up, per opcode', () => {
    for (const counters of workers) counters.countRequest(OPCODE.LOOKUP);
    workers[1]?.countRequest(OPCODE.LOOKUP);
    workers[2]?.countRequest(OPCODE.OPEN);
    expect(requestCount(memory, OPCODE.LOOKUP)).toBe(4);
    expect(requestCount(memory, OPCODE.OPEN)).toBe(1);
    expect(requestCount(memory, OPCODE.READ)).toBe(0);
  });

  it('count all opcodes that are not in the table in one place', () => {
    workers[0]?.countRequest(999);
    workers[1]?.countRequest(0xffff_ffff);
    expect(requestCount(memory, 7)).toBe(2);
  });

  it('keep the first and the last named counter apart from opcodes and from other workers', () => {
    workers[0]?.add(NAMED_COUNTERS - 1, 5);
    workers[1]?.add(0, 7);
    workers[1]?.add(0, 2 ** 52);
    expect(namedCount(memory, NAMED_COUNTERS - 1)).toBe(5);
    expect(namedCount(memory, 0)).toBe(2 ** 52 + 7);
    expect(namedCount(memory, 1)).toBe(0);
    expect(requestCount(memory, OPCODE.LOOKUP)).toBe(4);
  });
});
