/** A thread of the volume server: a worker of the volume, one side of a trial mount, or one of those that tell it to forget. */
import { parentPort, workerData } from 'node:worker_threads';
import { SessionMemory, runTrialThread, serve } from '@sluice/session';
import type { LoopEnd, TrialThreadData } from '@sluice/session';
import { Volume, sessionGeometry } from '@sluice/storage';
import type { StorageGeometry, VolumeFeatures } from '@sluice/storage';
import { invalidate } from './invalidation-thread.ts';
import type { InvalidationThreadData } from './invalidation-thread.ts';
import { dropPages } from './page-drop-thread.ts';
import type { PageDropThreadData } from './page-drop-thread.ts';

export interface VolumeWorkerData {
  role: 'worker';
  worker: number;
  workers: number;
  geometry: StorageGeometry;
  /** Base address of the session memory, mapped by the main thread for the whole process. */
  memoryBase: number;
  device: number;
  rootFd: number;
  timeoutSeconds: number;
  features: VolumeFeatures;
  allowPassthrough: boolean;
}

export type VolumeWorkerMessage =
  | { type: 'ended'; end: LoopEnd }
  | { type: 'lock-wait' }
  | { type: 'pages-to-drop' }
  | { type: 'tree'; path: Uint8Array; moved: boolean }
  | { type: 'fault'; opcode: number; error: string };

/** A defect that shows in every request must not fill the log. */
const FAULTS_TOLD = 20;

function work(data: VolumeWorkerData): void {
  const memory = new SessionMemory(data.memoryBase, sessionGeometry(data.workers, data.geometry));
  let told = 0;
  const onFault = (opcode: number, error: unknown): void => {
    if (told++ >= FAULTS_TOLD) return;
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    post({ type: 'fault', opcode, error: text });
  };
  const end = serve(
    { memory, worker: data.worker, device: data.device, followCaller: true },
    (request, counters) =>
      new Volume(request, counters, {
        geometry: data.geometry,
        rootFd: data.rootFd,
        device: data.device,
        timeoutSeconds: data.timeoutSeconds,
        features: data.features,
        onLockWait: () => post({ type: 'lock-wait' }),
        onPagesToDrop: () => post({ type: 'pages-to-drop' }),
        onTree: (path, moved) => post({ type: 'tree', path, moved }),
        allowPassthrough: data.allowPassthrough,
        onFault,
      }),
  );
  post({ type: 'ended', end });
}

function post(message: VolumeWorkerMessage): void {
  parentPort?.postMessage(message);
}

const data = workerData as VolumeWorkerData | InvalidationThreadData | PageDropThreadData | TrialThreadData;
if (data.role === 'worker') work(data);
else if (data.role === 'invalidate') invalidate(data);
else if (data.role === 'drop-pages') dropPages(data);
else parentPort?.postMessage(runTrialThread(data));
