/**
 * What a worker decided under the table lock and does after letting it go: close lower descriptors, end registrations,
 * have the kernel ask for attributes again. All may take long (the last close of a deleted file frees its blocks), so never
 * under the lock.
 */
import { sys } from '@sluice/sys';
import { NOTIFY, NOTIFY_INVAL_INODE_OUT, OUT_HEADER } from '@sluice/wire';
import type { Dialect, Request, WorkerCounters } from '@sluice/session';
import { COUNTER } from './counters.ts';

/** Loops that add more than this flush in between. */
const MANY = 256;

export class Deferred {
  // Grow to their largest use and stay there: pushing to them allocates nothing in the long run.
  readonly #fds: number[] = [];
  readonly #ids: number[] = [];
  /** Slot and generation in turn. */
  readonly #expired: number[] = [];

  get many(): boolean {
    return this.#fds.length + this.#ids.length > MANY;
  }

  closeFd(fd: number): void {
    this.#fds.push(fd);
  }

  unregister(backingId: number): void {
    this.#ids.push(backingId);
  }

  /** The kernel's attributes of a node are no longer to be gone by. */
  expire(slot: number, generation: number): void {
    this.#expired.push(slot, generation);
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
    while (this.#expired.length > 0) {
      const generation = this.#expired.pop() as number;
      notifyExpired(request, device, this.#expired.pop() as number, generation);
    }
  }
}

/**
 * NOTIFY_INVAL_INODE with a negative offset: attributes alone. No page is waited for and no inode locked, so that it may be
 * sent before the RELEASE that it follows from is answered, which nobody waits for. What comes of it does not matter: an
 * inode that the kernel does not know has no attributes.
 */
function notifyExpired(request: Request, device: number, slot: number, generation: number): void {
  const { memory, scratchAt } = request;
  const bytes = OUT_HEADER.SIZE + NOTIFY_INVAL_INODE_OUT.SIZE;
  const at = scratchAt + OUT_HEADER.SIZE;
  memory.u8.fill(0, scratchAt, scratchAt + bytes);
  memory.setU32(scratchAt + OUT_HEADER.len, bytes);
  memory.setI32(scratchAt + OUT_HEADER.error, NOTIFY.INVAL_INODE);
  memory.setU32(at + NOTIFY_INVAL_INODE_OUT.ino, slot);
  memory.setU32(at + NOTIFY_INVAL_INODE_OUT.ino + 4, generation);
  memory.setI32(at + NOTIFY_INVAL_INODE_OUT.off, -1);
  memory.setI32(at + NOTIFY_INVAL_INODE_OUT.off + 4, -1);
  sys.write(device, request.address(scratchAt), bytes);
}
