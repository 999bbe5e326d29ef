/**
 * The volume server's thread that tells the kernel what to forget. It may have to wait in the kernel for a directory that a
 * request holds, so it is nobody else's thread. It is there while there is something to tell.
 */
import { Worker } from 'node:worker_threads';
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
  /** An InvalidationList's. */
  words: Uint32Array<ArrayBuffer>;
  /** Paths in the volume at which, or beneath which, something is mounted. */
  mounts: readonly string[];
}

/** Headers and a name of the greatest length, many times over. */
const ROOM_BYTES = 4096;

/** The thread itself. */
export function invalidate(data: InvalidationThreadData): void {
  const memory = new SessionMemory(data.memoryBase, sessionGeometry(data.workers, data.geometry));
  const notifier = new Notifier(data.device, roomAt(data.room));
  new Invalidator(memory, data.geometry, notifier).run(data.words, new Set(data.mounts), pause);
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

type ThreadCommon = Omit<InvalidationThreadData, 'role' | 'room' | 'words' | 'mounts'>;

export class InvalidationThreads {
  readonly #threadModule: URL;
  readonly #common: ThreadCommon;
  readonly #onError: (error: unknown) => void;
  /** Arenas are few and their numbers not used again: one for all threads, which run one after the other. */
  readonly #room = new Scratch(ROOM_BYTES);
  /** The last of those that run one after the other. */
  #last: Promise<void> = Promise.resolve();

  constructor(threadModule: URL, common: ThreadCommon, onError: (error: unknown) => void) {
    this.#threadModule = threadModule;
    this.#common = common;
    this.#onError = onError;
  }

  /** Settled when the kernel has been told; never rejected. */
  tell(words: Uint32Array<ArrayBuffer>, mounts: readonly string[]): Promise<void> {
    this.#last = this.#last.then(() => this.#run(words, mounts));
    return this.#last;
  }

  #run(words: Uint32Array<ArrayBuffer>, mounts: readonly string[]): Promise<void> {
    return new Promise((resolve) => {
      const data: InvalidationThreadData = {
        role: 'invalidate',
        ...this.#common,
        room: this.#room.base,
        words,
        mounts,
      };
      const thread = new Worker(this.#threadModule, { workerData: data, transferList: [words.buffer] });
      thread.on('error', this.#onError);
      thread.on('exit', () => resolve());
    });
  }
}
