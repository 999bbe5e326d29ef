/**
 * Who holds locks, and who waits for one: two small tables in session memory. An **owner** is what the kernel names as the
 * holder of a lock (a process for POSIX locks, an open file for OFD and flock(2) locks) on one node; it has a lower open
 * file of its own, because the lower kernel tells holders apart by that. The caller holds the lock on these tables.
 */
import type { SessionMemory } from '@sluice/session';
import { LOCK_OWNER, LOCK_WAIT, SHARED } from '../layout.ts';
import type { StorageLayout } from '../layout.ts';

/** Byte-range locks (POSIX and OFD) and flock(2) locks do not see each other. */
export const LOCK_KIND = { range: 1, flock: 2 } as const;

export class LockRecords {
  readonly memory: SessionMemory;
  readonly #layout: StorageLayout;
  readonly #shared: number;

  constructor(memory: SessionMemory, layout: StorageLayout) {
    this.memory = memory;
    this.#layout = layout;
    this.#shared = layout.shared;
  }

  get owners(): number {
    return this.memory.getU32(this.#shared + SHARED.lockOwnerCount);
  }

  get waits(): number {
    return this.memory.load(this.#shared + SHARED.lockWaitCount);
  }

  /** Offset of the owner's record, or 0. `ownerAt`: offset of the kernel's u64 for it. */
  findOwner(node: number, kind: number, ownerAt: number): number {
    const { memory } = this;
    const low = memory.getU32(ownerAt);
    const high = memory.getU32(ownerAt + 4);
    for (let at = this.firstOwner(node); at !== 0; at = this.nextOwner(at, node)) {
      if (
        memory.getU32(at + LOCK_OWNER.kind) === kind &&
        memory.getU32(at + LOCK_OWNER.owner) === low &&
        memory.getU32(at + LOCK_OWNER.owner + 4) === high
      ) {
        return at;
      }
    }
    return 0;
  }

  /** The node's owners, one after another: 0 behind the last. */
  firstOwner(node: number): number {
    return this.#ofNode(this.memory.getU32(this.#bucket(node)), node);
  }

  nextOwner(at: number, node: number): number {
    return this.#ofNode(this.memory.getU32(at + LOCK_OWNER.next), node);
  }

  /** A new record, or 0 when there is no room. `file`: slot of the open file it came by. */
  addOwner(node: number, kind: number, ownerAt: number, file: number, pid: number, fd: number): number {
    const { memory } = this;
    const slot = this.#take(
      SHARED.lockOwnerFree,
      SHARED.lockOwnerTop,
      this.#layout.geometry.lockOwners,
      true,
    );
    if (slot === 0) return 0;
    const at = this.#ownerAt(slot);
    memory.copyU64(at + LOCK_OWNER.owner, ownerAt);
    memory.setU32(at + LOCK_OWNER.node, node);
    memory.setU32(at + LOCK_OWNER.kind, kind);
    memory.setU32(at + LOCK_OWNER.file, file);
    memory.setU32(at + LOCK_OWNER.pid, pid);
    memory.setI32(at + LOCK_OWNER.fd, fd);
    memory.setU32(at + LOCK_OWNER.holds, 0);
    memory.setU32(at + LOCK_OWNER.waits, 0);
    memory.setU32(at + LOCK_OWNER.next, memory.getU32(this.#bucket(node)));
    memory.setU32(this.#bucket(node), slot);
    this.#count(SHARED.lockOwnerCount, 1);
    return at;
  }

  /** Frees the record: its lower descriptor, which the caller closes. */
  removeOwner(at: number): number {
    const { memory } = this;
    const slot = this.#ownerSlot(at);
    let link = this.#bucket(memory.getU32(at + LOCK_OWNER.node));
    while (memory.getU32(link) !== slot) link = this.#ownerAt(memory.getU32(link)) + LOCK_OWNER.next;
    memory.setU32(link, memory.getU32(at + LOCK_OWNER.next));
    memory.setU32(at + LOCK_OWNER.node, 0);
    memory.setU32(at + LOCK_OWNER.next, memory.getU32(this.#shared + SHARED.lockOwnerFree));
    memory.setU32(this.#shared + SHARED.lockOwnerFree, slot);
    this.#count(SHARED.lockOwnerCount, -1);
    return memory.getI32(at + LOCK_OWNER.fd);
  }

  /**
   * Whether the owner whose u64 is at `ownerAt` waits, through others, for the one at `forAt`: to wait for it as well would
   * be a deadlock. Files do not matter: a process that waits for one keeps its locks on all.
   */
  waitsFor(ownerAt: number, forAt: number): boolean {
    const { memory } = this;
    // A chain is no longer than there are waits; a ring that is not through `forAt` must end as well.
    for (let steps = this.waits; steps >= 0; steps--) {
      if (sameU64(memory, ownerAt, forAt)) return true;
      let wait = this.firstWait();
      while (wait !== 0 && !sameU64(memory, wait + LOCK_WAIT.owner, ownerAt)) wait = this.nextWait(wait);
      if (wait === 0) return false;
      ownerAt = wait + LOCK_WAIT.holder;
    }
    return false;
  }

  /** Appends a wait: its offset, or 0 when there is no room. Its fields are the caller's to fill. */
  addWait(): number {
    const { memory } = this;
    const slot = this.#take(SHARED.lockWaitFree, SHARED.lockWaitTop, this.#layout.geometry.lockWaits, false);
    if (slot === 0) return 0;
    const at = this.#waitAt(slot);
    const tail = memory.getU32(this.#shared + SHARED.lockWaitTail);
    memory.setU32(
      tail === 0 ? this.#shared + SHARED.lockWaitHead : this.#waitAt(tail) + LOCK_WAIT.next,
      slot,
    );
    memory.setU32(this.#shared + SHARED.lockWaitTail, slot);
    memory.setU32(at + LOCK_WAIT.next, 0);
    this.#count(SHARED.lockWaitCount, 1);
    return at;
  }

  /** The waits in the order in which they began: 0 behind the last. */
  firstWait(): number {
    const slot = this.memory.getU32(this.#shared + SHARED.lockWaitHead);
    return slot === 0 ? 0 : this.#waitAt(slot);
  }

  nextWait(at: number): number {
    const slot = this.memory.getU32(at + LOCK_WAIT.next);
    return slot === 0 ? 0 : this.#waitAt(slot);
  }

  /** Ends a wait; `previousAt` is the one before it, 0 for the first. */
  removeWait(at: number, previousAt: number): void {
    const { memory } = this;
    const next = memory.getU32(at + LOCK_WAIT.next);
    const slot = this.#waitSlot(at);
    memory.setU32(previousAt === 0 ? this.#shared + SHARED.lockWaitHead : previousAt + LOCK_WAIT.next, next);
    if (next === 0) {
      const tail = previousAt === 0 ? 0 : this.#waitSlot(previousAt);
      memory.setU32(this.#shared + SHARED.lockWaitTail, tail);
    }
    memory.setU32(at + LOCK_WAIT.next, memory.getU32(this.#shared + SHARED.lockWaitFree));
    memory.setU32(this.#shared + SHARED.lockWaitFree, slot);
    this.#count(SHARED.lockWaitCount, -1);
  }

  #ofNode(slot: number, node: number): number {
    while (slot !== 0) {
      const at = this.#ownerAt(slot);
      if (this.memory.getU32(at + LOCK_OWNER.node) === node) return at;
      slot = this.memory.getU32(at + LOCK_OWNER.next);
    }
    return 0;
  }

  /** A free slot of a table, 0 when it is full. */
  #take(free: number, top: number, capacity: number, ofOwners: boolean): number {
    const { memory } = this;
    const slot = memory.getU32(this.#shared + free);
    if (slot !== 0) {
      const next = ofOwners ? this.#ownerAt(slot) + LOCK_OWNER.next : this.#waitAt(slot) + LOCK_WAIT.next;
      memory.setU32(this.#shared + free, memory.getU32(next));
      return slot;
    }
    const fresh = memory.getU32(this.#shared + top) + 1;
    if (fresh > capacity) return 0;
    memory.setU32(this.#shared + top, fresh);
    return fresh;
  }

  #count(word: number, by: number): void {
    this.memory.add(this.#shared + word, by);
  }

  #bucket(node: number): number {
    return this.#layout.lockBuckets + (node & (LOCK_OWNER.BUCKETS - 1)) * 4;
  }

  #ownerAt(slot: number): number {
    return this.#layout.lockOwners + slot * LOCK_OWNER.SIZE;
  }

  #ownerSlot(at: number): number {
    return (at - this.#layout.lockOwners) / LOCK_OWNER.SIZE;
  }

  #waitAt(slot: number): number {
    return this.#layout.lockWaits + slot * LOCK_WAIT.SIZE;
  }

  #waitSlot(at: number): number {
    return (at - this.#layout.lockWaits) / LOCK_WAIT.SIZE;
  }
}

export function sameU64(memory: SessionMemory, a: number, b: number): boolean {
  return memory.getU32(a) === memory.getU32(b) && memory.getU32(a + 4) === memory.getU32(b + 4);
}
