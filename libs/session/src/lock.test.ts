import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { sys } from '@sluice/sys';
import type { Contender } from './lock-contender.fixture.ts';
import { Lock } from './lock.ts';
import { sessionMemory } from './session-memory.fixture.ts';
import { threadSource } from './thread-source.fixture.ts';

const memory = sessionMemory({ workers: 1, storageBytes: 4096 });
const lockAt = memory.storageAt;
const countAt = memory.storageAt + 64;
const contender = threadSource('./lock-contender.fixture.ts');

function thread(data: Contender): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(contender, { eval: true, workerData: data });
    worker.once('message', resolve);
    worker.once('error', reject);
  });
}

async function contend(threads: number, rounds: number, spins: number, sleepEvery: number): Promise<void> {
  memory.u8.fill(0, memory.storageAt, memory.storageAt + 4096);
  const data = { memoryBase: memory.base, lockAt, countAt, rounds, spins, sleepEvery };
  await Promise.all(Array.from({ length: threads }, () => thread(data)));
}

describe('a lock between threads', () => {
  it.each([
    { spins: 100, sleepEvery: 1_000_000, rounds: 100_000, how: 'spinning' },
    { spins: 0, sleepEvery: 1_000_000, rounds: 50_000, how: 'waiting in the kernel' },
    { spins: 0, sleepEvery: 50, rounds: 5_000, how: 'waiting for holders that sleep' },
  ])('lets one in at a time and loses no wake-up, $how', async ({ spins, sleepEvery, rounds }) => {
    const threads = 4;
    // A lost wake-up leaves a thread waiting for good: the test's own time limit would end it.
    await contend(threads, rounds, spins, sleepEvery);
    expect(memory.getU32(countAt)).toBe(threads * rounds);
    expect(memory.getU32(countAt + 4)).toBe(threads * rounds);
    expect(memory.load(lockAt)).toBe(0);
  });

  it('is let go after a defect by the one who held it, and by nobody else', () => {
    memory.store(lockAt, 0);
    const [one, other] = [new Lock(memory, lockAt), new Lock(memory, lockAt)];
    one.acquire();
    expect(other.releaseIfHeld()).toBe(false);
    expect(other.tryAcquire()).toBe(false);
    expect(one.releaseIfHeld()).toBe(true);
    expect(one.releaseIfHeld()).toBe(false);
    expect(memory.load(lockAt)).toBe(0);
  });

  it('wakes a waiter that already sleeps', async () => {
    const lock = new Lock(memory, lockAt, 0);
    lock.acquire();
    const waiting = contendOnce();
    while (memory.load(lockAt) !== 2) await new Promise((resolve) => setTimeout(resolve, 5));
    expect(memory.getU32(countAt)).toBe(0);
    lock.release();
    await waiting;
    expect(memory.getU32(countAt)).toBe(1);
  });

  it('makes no system call while nobody else wants it', () => {
    const lock = new Lock(memory, lockAt);
    lock.acquire();
    expect(memory.load(lockAt)).toBe(1);
    lock.release();
    expect(memory.load(lockAt)).toBe(0);
    expect(sys.futexWake(memory.base + lockAt, 1)).toBe(0);
  });
});

function contendOnce(): Promise<unknown> {
  memory.u8.fill(0, countAt, countAt + 8);
  return thread({ memoryBase: memory.base, lockAt, countAt, rounds: 1, spins: 0, sleepEvery: 2 });
}
