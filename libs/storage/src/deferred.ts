/**
 * What a worker decided under the table lock and does after letting it go: close lower descriptors and end
 * registrations. Both may take long (the last close of a deleted file frees its blocks), so never under the lock.
 */
import { sys } from '@sluice/sys';
import type { Dialect, Request, WorkerCounters } from '@sluice/session';
import { COUNTER } from './counters.ts';

/** Loops that add more than this flush in between. */
const MANY = 256;

export class Deferred {
  // Grow to their largest use and stay there: pushing to them allocates nothing in the long run.
  readonly #fds: number[] = [];
  readonly #ids: number[] = [];

  get many(): boolean {
    return this.#fds.length + this.#ids.length > MANY;
  }

  closeFd(fd: number): void {
    this.#fds.push(fd);
  }

  unregister(backingId: number): void {
    this.#ids.push(backingId);
  }

  /** Closes the descriptors alone. Call without the table lock. */
  closeFds(): void {
    while (this.#fds.length > 0) sys.close(this.#fds.pop() as number);
  }

  /** Call without the table lock. */
  flush(request: Request, device: number, dialect: Dialect, counters: WorkerCounters): void {
    this.closeFds();
    while (this.#ids.length > 0) {
      const id = this.#ids.pop() as number;
      if (dialect.unregister(request.memory, device, id, request.scratchAt) === 0) {
        counters.add(COUNTER.registrationsClosed, 1);
      }
    }
  }
}
