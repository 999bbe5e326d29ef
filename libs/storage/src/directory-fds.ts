/**
 * A bounded cache of O_PATH descriptors of lower directories, least recently used first out. An entry in use is pinned,
 * so that no worker's descriptor is closed by another one. The caller holds the table lock; what is to be closed goes to
 * {@link Deferred}.
 *
 * Up to half of the entries may **hold** an object that was removed: a file handle no longer leads to it once the last name
 * is gone, and programs may still have it as a working directory, an O_PATH descriptor or an open FIFO.
 */
import type { SessionMemory } from '@sluice/session';
import type { Deferred } from './deferred.ts';
import { FD_ENTRY, NODE, NODE_FLAG, SHARED } from './layout.ts';
import type { StorageLayout } from './layout.ts';

export class DirectoryFds {
  readonly #memory: SessionMemory;
  readonly #layout: StorageLayout;
  readonly #deferred: Deferred;

  constructor(memory: SessionMemory, layout: StorageLayout, deferred: Deferred) {
    this.#memory = memory;
    this.#layout = layout;
    this.#deferred = deferred;
  }

  /** Makes all entries free. Once, by the maker of the session memory. */
  initialise(): void {
    const memory = this.#memory;
    for (let entry = 1; entry <= this.#layout.geometry.directoryFds; entry++) {
      memory.setI32(this.#at(entry) + FD_ENTRY.fd, -1);
      memory.setU32(this.#at(entry) + FD_ENTRY.node, 0);
      this.#append(entry);
    }
  }

  /** Pins the node's descriptor: its entry, or 0 if none is cached. */
  pin(nodeAt: number): number {
    const entry = this.#memory.getU32(nodeAt + NODE.fdEntry);
    if (entry !== 0) this.#addPins(entry, 1);
    return entry;
  }

  fd(entry: number): number {
    return this.#memory.getI32(this.#at(entry) + FD_ENTRY.fd);
  }

  /** Ends a use; the entry becomes the most recently used one. */
  unpin(entry: number): void {
    this.#addPins(entry, -1);
    const memory = this.#memory;
    const at = this.#at(entry);
    if (memory.getU32(at + FD_ENTRY.pins) === 0 && memory.getU32(at + FD_ENTRY.node) === 0)
      this.#clear(entry);
    this.#remove(entry);
    this.#append(entry);
  }

  /** Caches and pins `fd` for the node: its entry, or 0 if all are pinned (the caller closes `fd` itself after use). */
  add(nodeAt: number, slot: number, fd: number): number {
    const entry = this.#evict();
    if (entry === 0) return 0;
    const memory = this.#memory;
    const at = this.#at(entry);
    memory.setI32(at + FD_ENTRY.fd, fd);
    memory.setU32(at + FD_ENTRY.node, slot);
    memory.setU32(at + FD_ENTRY.pins, 1);
    memory.setU32(nodeAt + NODE.fdEntry, entry);
    return entry;
  }

  /**
   * Keeps `fd` (taken over) for the node, whose object has lost its last name, until {@link drop} or {@link letGo}. False if
   * as many are held as may be; the caller closes `fd` then.
   */
  hold(nodeAt: number, slot: number, fd: number): boolean {
    const memory = this.#memory;
    const heldAt = this.#layout.shared + SHARED.heldFds;
    const held = memory.getU32(heldAt);
    if (held >= this.#layout.geometry.directoryFds >>> 1) return false;
    const entry = memory.getU32(nodeAt + NODE.fdEntry);
    if (entry !== 0) {
      // Cached already, as directories are: that descriptor will do.
      this.#deferred.closeFd(fd);
      this.#addPins(entry, 1);
    } else if (this.add(nodeAt, slot, fd) === 0) {
      return false;
    }
    memory.setU32(heldAt, held + 1);
    this.#setHeld(nodeAt, true);
    return true;
  }

  /** The node's object has a name again, or is going away. */
  letGo(nodeAt: number): void {
    const entry = this.#memory.getU32(nodeAt + NODE.fdEntry);
    if (entry === 0 || !this.#isHeld(nodeAt)) return;
    const heldAt = this.#layout.shared + SHARED.heldFds;
    this.#memory.setU32(heldAt, this.#memory.getU32(heldAt) - 1);
    this.#setHeld(nodeAt, false);
    this.unpin(entry);
  }

  /** The descriptor that holds the node's removed object, or -1. Needs no lock while the kernel knows the node. */
  held(nodeAt: number): number {
    return this.#isHeld(nodeAt) ? this.fd(this.#memory.getU32(nodeAt + NODE.fdEntry)) : -1;
  }

  /** The node is going away: its entry is free again, or will be at the end of a use that is still under way. */
  drop(nodeAt: number): void {
    this.letGo(nodeAt);
    const entry = this.#memory.getU32(nodeAt + NODE.fdEntry);
    if (entry === 0) return;
    this.#memory.setU32(nodeAt + NODE.fdEntry, 0);
    this.#memory.setU32(this.#at(entry) + FD_ENTRY.node, 0);
    if (this.#memory.getU32(this.#at(entry) + FD_ENTRY.pins) > 0) return;
    this.#clear(entry);
    // The next to be used, before one that still serves.
    this.#remove(entry);
    this.#prepend(entry);
  }

  /** Frees up to `count` descriptors, for an EMFILE elsewhere. How many were freed. */
  shrink(count: number): number {
    const memory = this.#memory;
    let freed = 0;
    let entry = memory.getU32(this.#layout.shared + SHARED.fdHead);
    while (entry !== 0 && freed < count) {
      const at = this.#at(entry);
      const next = memory.getU32(at + FD_ENTRY.next);
      if (memory.getU32(at + FD_ENTRY.pins) === 0 && memory.getI32(at + FD_ENTRY.fd) >= 0) {
        this.#clear(entry);
        freed++;
      }
      entry = next;
    }
    return freed;
  }

  #isHeld(nodeAt: number): boolean {
    return (this.#memory.getU32(nodeAt + NODE.flags) & NODE_FLAG.held) !== 0;
  }

  #setHeld(nodeAt: number, held: boolean): void {
    const flags = this.#memory.getU32(nodeAt + NODE.flags);
    this.#memory.setU32(nodeAt + NODE.flags, held ? flags | NODE_FLAG.held : flags & ~NODE_FLAG.held);
  }

  #evict(): number {
    const memory = this.#memory;
    let entry = memory.getU32(this.#layout.shared + SHARED.fdHead);
    while (entry !== 0 && memory.getU32(this.#at(entry) + FD_ENTRY.pins) !== 0) {
      entry = memory.getU32(this.#at(entry) + FD_ENTRY.next);
    }
    if (entry !== 0 && memory.getI32(this.#at(entry) + FD_ENTRY.fd) >= 0) this.#clear(entry);
    return entry;
  }

  #clear(entry: number): void {
    const memory = this.#memory;
    const at = this.#at(entry);
    this.#deferred.closeFd(memory.getI32(at + FD_ENTRY.fd));
    memory.setI32(at + FD_ENTRY.fd, -1);
    const node = memory.getU32(at + FD_ENTRY.node);
    if (node !== 0) memory.setU32(this.#layout.nodes + node * NODE.SIZE + NODE.fdEntry, 0);
    memory.setU32(at + FD_ENTRY.node, 0);
  }

  #at(entry: number): number {
    return this.#layout.fdEntries + entry * FD_ENTRY.SIZE;
  }

  #addPins(entry: number, count: number): void {
    const at = this.#at(entry) + FD_ENTRY.pins;
    this.#memory.setU32(at, this.#memory.getU32(at) + count);
  }

  #prepend(entry: number): void {
    const memory = this.#memory;
    const { shared } = this.#layout;
    const head = memory.getU32(shared + SHARED.fdHead);
    memory.setU32(this.#at(entry) + FD_ENTRY.next, head);
    memory.setU32(this.#at(entry) + FD_ENTRY.previous, 0);
    memory.setU32(head === 0 ? shared + SHARED.fdTail : this.#at(head) + FD_ENTRY.previous, entry);
    memory.setU32(shared + SHARED.fdHead, entry);
  }

  #append(entry: number): void {
    const memory = this.#memory;
    const { shared } = this.#layout;
    const tail = memory.getU32(shared + SHARED.fdTail);
    memory.setU32(this.#at(entry) + FD_ENTRY.previous, tail);
    memory.setU32(this.#at(entry) + FD_ENTRY.next, 0);
    memory.setU32(tail === 0 ? shared + SHARED.fdHead : this.#at(tail) + FD_ENTRY.next, entry);
    memory.setU32(shared + SHARED.fdTail, entry);
  }

  #remove(entry: number): void {
    const memory = this.#memory;
    const { shared } = this.#layout;
    const previous = memory.getU32(this.#at(entry) + FD_ENTRY.previous);
    const next = memory.getU32(this.#at(entry) + FD_ENTRY.next);
    memory.setU32(previous === 0 ? shared + SHARED.fdHead : this.#at(previous) + FD_ENTRY.next, next);
    memory.setU32(next === 0 ? shared + SHARED.fdTail : this.#at(next) + FD_ENTRY.previous, previous);
  }
}
