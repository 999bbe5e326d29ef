/**
 * Tries lock requests again that wait for a program on the lower tree, which cannot tell us when it lets go. Only while
 * there are any: the first look comes after 1 ms, later ones ever more slowly, to 20 ms.
 */
import type { SessionMemory } from '@sluice/session';
import { planStorage } from '../layout.ts';
import type { StorageGeometry } from '../layout.ts';
import { FileLocks } from './file-locks.ts';

const FIRST_MS = 1;
const SLOWEST_MS = 20;
const SLOWER_BY = 1.25;

export class LockPoller {
  readonly #locks: FileLocks;
  #timer: NodeJS.Timeout | undefined;
  #delay = FIRST_MS;

  /** `device`: the /dev/fuse descriptor that answers go to. */
  constructor(memory: SessionMemory, geometry: StorageGeometry, device: number) {
    const layout = planStorage(geometry, memory.storageAt);
    this.#locks = new FileLocks(memory, layout, device, layout.pollerScratch);
  }

  /** A request has begun to wait. */
  wake(): void {
    this.#delay = FIRST_MS;
    if (this.#timer === undefined) this.#schedule();
  }

  stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  #schedule(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#locks.retryAll() === 0) return;
      this.#delay = Math.min(SLOWEST_MS, this.#delay * SLOWER_BY);
      this.#schedule();
    }, this.#delay);
  }
}
