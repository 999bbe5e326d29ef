/**
 * The volume server's thread that tells the kernel what to forget. It may have to wait in the kernel for a directory that a
 * request holds, so it is nobody else's thread. It is there while there is something to tell, and for a while after: starting
 * it takes as long as telling some thousand names, from whoever else wants a processor.
 */
import { Worker, parentPort } from 'node:worker_threads';
import { Notifier, SessionMemory } from '@sluice/session';
import type { NotificationRoom } from '@sluice/session';
import { Invalidator, sessionGeometry } from '@sluice/storage';
import type { StorageGeometry } from '@sluice/storage';
import { Scratch, sys } from '@sluice/sys';
import type { Address } from '@sluice/sys';

export interface InvalidationThreadData {
  role: 'invalidate';
  workers: number;
  geometry: StorageGeometry;
  /** Base address of the session memory, mapped by the main thread for the whole process. */
  memoryBase: number;
  device: number;
  /** Base address of the arena for one notification. */
  room: Address;
}

interface ToTell {
  /** An InvalidationList's. */
  words: Uint32Array<ArrayBuffer>;
  /** Paths in the volume at which, or beneath which, something is mounted. */
  mounts: readonly string[];
}

/** Headers and a name of the greatest length, many times over. */
const ROOM_BYTES = 4096;

/** The thread itself: tells what it is sent, one message after the other, and answers each with `told`. */
export function invalidate(data: InvalidationThreadData): void {
  const memory = new SessionMemory(data.memoryBase, sessionGeometry(data.workers, data.geometry));
  const notifier = new Notifier(data.device, roomAt(data.room));
  const invalidator = new Invalidator(memory, data.geometry, notifier);
  parentPort?.on('message', ({ words, mounts }: ToTell) => {
    invalidator.run(words, new Set(mounts), pause);
    parentPort?.postMessage('told');
  });
}

/** Of this thread alone, which has nothing else to do. */
function pause(): void {
  Atomics.wait(nothing, 0, 0, PAUSE_MS);
}

const nothing = new Int32Array(new SharedArrayBuffer(4));
const PAUSE_MS = 1;

/** The arena at `base`, for one notification at a time. */
function roomAt(base: Address): NotificationRoom {
  const buffer = sys.arenaBuffer(base);
  if (buffer === null) throw new Error('the arena for notifications is gone');
  const bytes = (count: number): Address => {
    if (count > ROOM_BYTES)
      throw new RangeError(`a notification of ${count} bytes: ${ROOM_BYTES} are possible`);
    return base;
  };
  return { base, buffer, bytes, reset: () => undefined };
}

type ThreadCommon = Omit<InvalidationThreadData, 'role' | 'room'>;

/** How long the thread waits for more, ms. */
const IDLE_MS = 10_000;

export class InvalidationThread {
  readonly #threadModule: URL;
  readonly #common: ThreadCommon;
  readonly #onError: (error: unknown) => void;
  /** Arenas are few and their numbers not used again: one for all threads, which run one after the other. */
  readonly #room = new Scratch(ROOM_BYTES);
  #thread: Worker | undefined;
  #idle: NodeJS.Timeout | undefined;
  /** The last of those that are told one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(threadModule: URL, common: ThreadCommon, onError: (error: unknown) => void) {
    this.#threadModule = threadModule;
    this.#common = common;
    this.#onError = onError;
  }

  /** Settled when the kernel has been told; never rejected. */
  tell(words: Uint32Array<ArrayBuffer>, mounts: readonly string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#tell({ words, mounts }));
    return this.#last;
  }

  async #tell(what: ToTell): Promise<void> {
    clearTimeout(this.#idle);
    const thread = (this.#thread ??= this.#start());
    // What it has to tell has to be told; what it might have to, later, keeps no process alive.
    thread.ref();
    await new Promise<void>((resolve) => {
      const settled = (): void => {
        thread.off('message', settled).off('exit', settled);
        resolve();
      };
      thread.on('message', settled).on('exit', settled);
      thread.postMessage(what, [what.words.buffer]);
    });
    thread.unref();
    this.#idle = setTimeout(() => {
      this.#thread = undefined;
      void thread.terminate();
    }, IDLE_MS).unref();
  }

  #start(): Worker {
    const data: InvalidationThreadData = { role: 'invalidate', ...this.#common, room: this.#room.base };
    const thread = new Worker(this.#threadModule, { workerData: data });
    thread.on('error', this.#onError);
    thread.on('exit', () => {
      if (this.#thread === thread) this.#thread = undefined;
    });
    return thread;
  }
}
