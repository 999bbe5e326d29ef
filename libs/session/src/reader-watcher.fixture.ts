/** A second worker for the tests of the reader role: takes the role, says so, and keeps it until it is told to go on. */
import { parentPort, workerData } from 'node:worker_threads';
import { SessionMemory } from './memory.ts';
import type { SessionGeometry } from './memory.ts';
import { ReaderRole } from './reader-role.ts';

export interface Watcher {
  memoryBase: number;
  geometry: SessionGeometry;
  device: number;
}

const { memoryBase, geometry, device } = workerData as Watcher;
const role = new ReaderRole(new SessionMemory(memoryBase, geometry), 1, device);

parentPort?.on('message', (order: 'take' | 'hand over' | 'exit') => {
  if (order === 'exit') process.exit(0);
  if (order === 'take') {
    role.take();
    role.begin();
  } else {
    role.handOver();
  }
  parentPort?.postMessage(order);
});
parentPort?.postMessage('up');
