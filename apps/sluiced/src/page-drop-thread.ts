/**
 * The volume server's thread that has the kernel drop pages which direct writes made old, and answers those WRITEs. It waits
 * in the kernel for pages that only workers can bring, so it is nobody else's thread. It is there from the first such WRITE
 * until there was none for a while.
 */
import { Worker } from 'node:worker_threads';
import { SessionMemory } from '@sluice/session';
import { PageDropper, sessionGeometry } from '@sluice/storage';
import type { StorageGeometry } from '@sluice/storage';

export interface PageDropThreadData {
  role: 'drop-pages';
  workers: number;
  geometry: StorageGeometry;
  /** Base address of the session memory, mapped by the main thread for the whole process. */
  memoryBase: number;
  device: number;
}

const IDLE_MS = 10_000;

/** The thread itself. */
export function dropPages(data: PageDropThreadData): void {
  dropperOf(data).run(IDLE_MS);
}

function dropperOf({ memoryBase, workers, geometry, device }: Omit<PageDropThreadData, 'role'>): PageDropper {
  return new PageDropper(new SessionMemory(memoryBase, sessionGeometry(workers, geometry)), geometry, device);
}

export class PageDropThread {
  readonly #threadModule: URL;
  readonly #common: Omit<PageDropThreadData, 'role'>;
  readonly #dropper: PageDropper;
  readonly #onError: (error: unknown) => void;

  constructor(
    threadModule: URL,
    common: Omit<PageDropThreadData, 'role'>,
    onError: (error: unknown) => void,
  ) {
    this.#threadModule = threadModule;
    this.#common = common;
    this.#dropper = dropperOf(common);
    this.#onError = onError;
  }

  /** A worker has found nobody who drops. */
  start(): void {
    const thread = new Worker(this.#threadModule, { workerData: { role: 'drop-pages', ...this.#common } });
    thread.on('error', (error) => {
      this.#onError(error);
      // Its place is free after this: the next WRITE has another thread started.
      this.#dropper.answerAll();
    });
  }

  /** The thread ends once the connection has. */
  stop(): void {
    this.#dropper.stop();
  }
}
