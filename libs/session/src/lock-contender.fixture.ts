/** A thread that fights for a lock and adds to plain words while it holds it. */
import { parentPort, workerData } from 'node:worker_threads';
import { Lock } from './lock.ts';
import { SessionMemory } from './memory.ts';

export interface Contender {
  memoryBase: number;
  lockAt: number;
  /** Two plain words. */
  countAt: number;
  rounds: number;
  spins: number;
  /** Every how many rounds the holder sleeps, so that the others must wait in the kernel. */
  sleepEvery: number;
}

const data = workerData as Contender;
const memory = new SessionMemory(data.memoryBase, { workers: 1, storageBytes: 4096 });
const lock = new Lock(memory, data.lockAt, data.spins);
const nobody = new Int32Array(new SharedArrayBuffer(4));

for (let round = 1; round <= data.rounds; round++) {
  lock.acquire();
  // Not atomic, and in two places with time between them: a second holder would lose counts.
  const seen = memory.getU32(data.countAt);
  if (round % data.sleepEvery === 0) Atomics.wait(nobody, 0, 0, 0.2);
  memory.setU32(data.countAt, seen + 1);
  memory.setU32(data.countAt + 4, memory.getU32(data.countAt + 4) + 1);
  lock.release();
}
parentPort?.postMessage('done');
