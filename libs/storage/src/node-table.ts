/**
 * Nodes: what the kernel knows of the volume, one fixed-size record each, found by slot or by the lower object's identity
 * (device, inode number, birth time). No record holds a descriptor; a lower file is opened again by its file handle.
 *
 * A nodeid is slot + generation, so one that the kernel should have forgotten is ESTALE, never another file. A record is
 * free again when its lookup count is 0, no child names it as parent and it is not open. The caller holds the table lock.
 */
import { LOWER_STAT } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { SessionMemory } from '@sluice/session';
import { IdentityIndex } from './identity-index.ts';
import { HANDLE_CAPACITY, NODE, NODE_FLAG, SHARED } from './layout.ts';
import type { StorageLayout } from './layout.ts';
import { NamePool } from './name-pool.ts';

/** FUSE_ROOT_ID. */
export const ROOT = 1;

export class NodeTable {
  readonly memory: SessionMemory;
  readonly layout: StorageLayout;
  readonly names: NamePool;
  readonly #identities: IdentityIndex;

  constructor(memory: SessionMemory, layout: StorageLayout) {
    this.memory = memory;
    this.layout = layout;
    this.names = new NamePool(memory, layout);
    this.#identities = new IdentityIndex(memory, layout);
  }

  /** Offset of a slot's record. */
  at(slot: number): number {
    return this.layout.nodes + slot * NODE.SIZE;
  }

  /** Offset of the record a nodeid means, or 0 for one that is not known (any more). */
  find(slot: number, generation: number): number {
    if (slot === 0 || slot >= this.layout.geometry.nodes) return 0;
    const at = this.at(slot);
    const { memory } = this;
    return (memory.getU32(at + NODE.flags) & NODE_FLAG.used) !== 0 &&
      memory.getU32(at + NODE.generation) === generation
      ? at
      : 0;
  }

  slotOf(at: number): number {
    return (at - this.layout.nodes) / NODE.SIZE;
  }

  get count(): number {
    return this.memory.load(this.layout.shared + SHARED.nodeCount);
  }

  /** See {@link IdentityIndex.find}. */
  findByIdentity(statAt: number, view = 0): number {
    return this.#identities.find(statAt, view);
  }

  /** See {@link IdentityIndex.findLinked}. */
  findLinked(inoAt: number, parentAt: number): number {
    return this.#identities.findLinked(inoAt, parentAt);
  }

  /** See {@link IdentityIndex.otherView}. */
  otherView(at: number): number {
    return this.#identities.otherView(at);
  }

  /** See {@link IdentityIndex.findByRecord}. */
  findByRecord(record: Uint8Array): number {
    return this.#identities.findByRecord(record);
  }

  /** See {@link IdentityIndex.isSame}. */
  isSame(at: number, statAt: number): boolean {
    return this.#identities.isSame(at, statAt);
  }

  /**
   * A new node for the lower object at `statAt`, with its file handle (struct file_handle at `handleAt`, 0: none), a
   * lookup count of 0 and no name. Offset of its record, or 0 if the table is full. `view`: as for {@link findByIdentity}.
   */
  create(statAt: number, handleAt: number, view = 0): number {
    const at = this.#take();
    if (at === 0) return 0;
    const { memory } = this;
    const generation = memory.getU32(at + NODE.generation);
    memory.u32.fill(0, at >>> 2, (at + NODE.SIZE) >>> 2);
    memory.setU32(at + NODE.generation, generation);
    const type = memory.getU32(statAt + LOWER_STAT.attr + ATTR.mode) & 0o170000;
    memory.setU32(at + NODE.flags, NODE_FLAG.used | NODE_FLAG.hashed | view | (type << 16));
    memory.copyU64(at + NODE.ino, statAt + LOWER_STAT.attr + ATTR.ino);
    memory.copyU64(at + NODE.device, statAt + LOWER_STAT.device);
    memory.setU32(at + NODE.birthSeconds, memory.getU32(statAt + LOWER_STAT.birthSeconds));
    memory.setU32(at + NODE.birthNanoseconds, memory.getU32(statAt + LOWER_STAT.birthNanoseconds));
    if (handleAt !== 0) this.setHandle(at, handleAt);
    this.#identities.add(at);
    return at;
  }

  /** Gives the node the struct file_handle at `handleAt`; one that is too long is left out. */
  setHandle(at: number, handleAt: number): void {
    const { memory } = this;
    const bytes = memory.getU32(handleAt);
    if (bytes > HANDLE_CAPACITY) return;
    // The length last: whoever reads without the lock sees no handle, or a whole one.
    memory.u8.copyWithin(at + NODE.handle + 4, handleAt + 4, handleAt + 8 + bytes);
    memory.store(at + NODE.handle, bytes);
  }

  /** Whether the node's file handle is the struct file_handle at `handleAt`; true for a node without one. */
  hasHandle(at: number, handleAt: number): boolean {
    const { u8 } = this.memory;
    const own = at + NODE.handle;
    const bytes = this.memory.getU32(own);
    if (bytes === 0) return true;
    if (bytes !== this.memory.getU32(handleAt)) return false;
    for (let i = 4; i < 8 + bytes; i++) if (u8[own + i] !== u8[handleAt + i]) return false;
    return true;
  }

  /** The object with this node's identity is another one by now: it is no longer found by it. */
  disown(at: number): void {
    if (this.flag(at, NODE_FLAG.hashed)) this.#identities.remove(at);
  }

  /** Whether the node at `at` is `belowAt` or one of its ancestors. */
  isAncestor(at: number, belowAt: number): boolean {
    const { memory } = this;
    for (let up = belowAt; ; up = this.at(memory.getU32(up + NODE.parent))) {
      if (up === at) return true;
      if (memory.getU32(up + NODE.parent) === 0) return false;
    }
  }

  isDirectory(at: number): boolean {
    return this.memory.getU32(at + NODE.flags) >>> 16 === 0o040000;
  }

  isRegular(at: number): boolean {
    return this.memory.getU32(at + NODE.flags) >>> 16 === 0o100000;
  }

  flag(at: number, flag: number): boolean {
    return (this.memory.getU32(at + NODE.flags) & flag) !== 0;
  }

  setFlag(at: number, flag: number, on: boolean): void {
    const flags = this.memory.getU32(at + NODE.flags);
    this.memory.setU32(at + NODE.flags, on ? flags | flag : flags & ~flag);
  }

  addLookup(at: number): void {
    const low = (this.memory.getU32(at + NODE.lookups) + 1) >>> 0;
    this.memory.setU32(at + NODE.lookups, low);
    if (low === 0) this.memory.setU32(at + NODE.lookups + 4, this.memory.getU32(at + NODE.lookups + 4) + 1);
  }

  /** Takes `low`, `high` (a u64) off the lookup count, to 0 at the least. True when it is 0 now. */
  dropLookups(at: number, low: number, high: number): boolean {
    const { memory } = this;
    const haveLow = memory.getU32(at + NODE.lookups);
    const haveHigh = memory.getU32(at + NODE.lookups + 4);
    if (high > haveHigh || (high === haveHigh && low >= haveLow)) {
      memory.setU32(at + NODE.lookups, 0);
      memory.setU32(at + NODE.lookups + 4, 0);
      return true;
    }
    memory.setU32(at + NODE.lookups, (haveLow - low) >>> 0);
    memory.setU32(at + NODE.lookups + 4, haveHigh - high - (haveLow < low ? 1 : 0));
    return false;
  }

  isUnreferenced(at: number): boolean {
    const { memory } = this;
    return (
      memory.getU32(at + NODE.lookups) === 0 &&
      memory.getU32(at + NODE.lookups + 4) === 0 &&
      memory.getU32(at + NODE.references) === 0
    );
  }

  /** True if the node's name beneath `parent` is the `length` bytes at `nameAt`. */
  isNamed(at: number, parent: number, nameAt: number, length: number): boolean {
    const { memory } = this;
    if (memory.getU32(at + NODE.parent) !== parent || memory.getU32(at + NODE.nameLength) !== length)
      return false;
    const { u8 } = memory;
    const own = memory.getU32(at + NODE.name);
    for (let i = 0; i < length; i++) if (u8[own + i] !== u8[nameAt + i]) return false;
    return true;
  }

  /**
   * Names the node: `length` bytes at `nameAt` beneath slot `parent`. False if the name pool is full: the node then keeps
   * the name it had. The old parent may become unreferenced by this; the caller looks.
   */
  setName(at: number, parent: number, nameAt: number, length: number): boolean {
    const { memory } = this;
    const stored = this.names.store(nameAt, length);
    if (stored === 0) return false;
    const parentAt = this.at(parent);
    memory.setU32(parentAt + NODE.references, memory.getU32(parentAt + NODE.references) + 1);
    this.#dropName(at);
    memory.setU32(at + NODE.parent, parent);
    memory.setU32(at + NODE.name, stored);
    memory.setU32(at + NODE.nameLength, length);
    memory.setU32(at + NODE.pathEpoch, 0);
    return true;
  }

  /** Frees the record. Its parent's slot, which may have become unreferenced, or 0. */
  free(at: number): number {
    const { memory } = this;
    if (this.flag(at, NODE_FLAG.hashed)) this.#identities.remove(at);
    const parent = memory.getU32(at + NODE.parent);
    this.#dropName(at);
    memory.setU32(at + NODE.flags, 0);
    const generation = (memory.getU32(at + NODE.generation) + 1) >>> 0;
    memory.setU32(at + NODE.generation, generation);
    const { shared } = this.layout;
    memory.setU32(at + NODE.next, memory.getU32(shared + SHARED.nodeFree));
    memory.setU32(shared + SHARED.nodeFree, this.slotOf(at));
    memory.setU32(shared + SHARED.nodeCount, memory.getU32(shared + SHARED.nodeCount) - 1);
    return parent;
  }

  #dropName(at: number): void {
    const { memory } = this;
    const parent = memory.getU32(at + NODE.parent);
    if (parent === 0) return;
    this.names.free(memory.getU32(at + NODE.name), memory.getU32(at + NODE.nameLength));
    const parentAt = this.at(parent);
    memory.setU32(parentAt + NODE.references, memory.getU32(parentAt + NODE.references) - 1);
    memory.setU32(at + NODE.parent, 0);
    memory.setU32(at + NODE.name, 0);
  }

  #take(): number {
    const { memory, layout } = this;
    const { shared } = layout;
    let slot = memory.getU32(shared + SHARED.nodeFree);
    if (slot !== 0) {
      memory.setU32(shared + SHARED.nodeFree, memory.getU32(this.at(slot) + NODE.next));
    } else {
      // Slot 0 is no node; the first one taken is FUSE_ROOT_ID.
      slot = memory.getU32(shared + SHARED.nodeTop) + 1;
      if (slot >= layout.geometry.nodes) return 0;
      memory.setU32(shared + SHARED.nodeTop, slot);
    }
    memory.setU32(shared + SHARED.nodeCount, memory.getU32(shared + SHARED.nodeCount) + 1);
    return this.at(slot);
  }
}
