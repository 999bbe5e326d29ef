/**
 * Further names of nodes: a file with hard links is reached by several paths, and policy takes the strictest decision of
 * the names known. Its latest name is in the node itself, the others are here, in a chain per node. The caller holds the
 * table lock.
 */
import { ALIAS, NODE, SHARED } from './layout.ts';
import type { NodeTable } from './node-table.ts';

/** More names of one node than these are not kept: each costs a look at every decision. */
export const ALIASES_PER_NODE = 64;

export class Aliases {
  readonly #nodes: NodeTable;

  constructor(nodes: NodeTable) {
    this.#nodes = nodes;
  }

  /** Offset of the node's first alias, or 0. */
  first(at: number): number {
    return this.#at(this.#nodes.memory.getU32(at + NODE.aliases));
  }

  /** Offset of the alias behind this one, or 0. */
  next(alias: number): number {
    return this.#at(this.#nodes.memory.getU32(alias + ALIAS.next));
  }

  /** The node's alias of this name (`length` bytes at `nameAt` beneath slot `parent`), or 0. */
  find(at: number, parent: number, nameAt: number, length: number): number {
    const { memory } = this.#nodes;
    const { u8 } = memory;
    for (let alias = this.first(at); alias !== 0; alias = this.next(alias)) {
      if (memory.getU32(alias + ALIAS.parent) !== parent) continue;
      if (memory.getU32(alias + ALIAS.nameLength) !== length) continue;
      const own = memory.getU32(alias + ALIAS.name);
      let i = 0;
      while (i < length && u8[own + i] === u8[nameAt + i]) i++;
      if (i === length) return alias;
    }
    return 0;
  }

  /** Keeps the node's present name as an alias: it is about to get another. False where there is no room. */
  keepName(at: number): boolean {
    const { memory, layout, names } = this.#nodes;
    const { shared, geometry } = layout;
    const parent = memory.getU32(at + NODE.parent);
    if (parent === 0) return true;
    let known = 0;
    for (let alias = this.first(at); alias !== 0; alias = this.next(alias)) known++;
    if (known >= ALIASES_PER_NODE) return false;
    const length = memory.getU32(at + NODE.nameLength);
    const stored = names.store(memory.getU32(at + NODE.name), length);
    if (stored === 0) return false;
    let slot = memory.getU32(shared + SHARED.aliasFree);
    if (slot !== 0) {
      memory.setU32(shared + SHARED.aliasFree, memory.getU32(this.#at(slot) + ALIAS.next));
    } else {
      slot = memory.getU32(shared + SHARED.aliasTop) + 1;
      if (slot > geometry.aliases) {
        names.free(stored, length);
        return false;
      }
      memory.setU32(shared + SHARED.aliasTop, slot);
    }
    const alias = this.#at(slot);
    memory.setU32(alias + ALIAS.parent, parent);
    memory.setU32(alias + ALIAS.name, stored);
    memory.setU32(alias + ALIAS.nameLength, length);
    memory.setU32(alias + ALIAS.pathEpoch, 0);
    memory.setU32(alias + ALIAS.next, memory.getU32(at + NODE.aliases));
    memory.setU32(at + NODE.aliases, slot);
    this.#refer(parent, 1);
    return true;
  }

  /** Takes an alias off its node. Its parent's slot, which may have become unreferenced; the caller looks. */
  drop(at: number, alias: number): number {
    const { memory, layout, names } = this.#nodes;
    const { shared } = layout;
    let link = at + NODE.aliases;
    for (let each = this.first(at); each !== 0 && each !== alias; each = this.next(each))
      link = each + ALIAS.next;
    if (this.#at(memory.getU32(link)) !== alias) return 0;
    const slot = memory.getU32(link);
    memory.setU32(link, memory.getU32(alias + ALIAS.next));
    const parent = memory.getU32(alias + ALIAS.parent);
    names.free(memory.getU32(alias + ALIAS.name), memory.getU32(alias + ALIAS.nameLength));
    memory.setU32(alias + ALIAS.next, memory.getU32(shared + SHARED.aliasFree));
    memory.setU32(shared + SHARED.aliasFree, slot);
    this.#refer(parent, -1);
    return parent;
  }

  #refer(parent: number, by: number): void {
    const { memory } = this.#nodes;
    const references = this.#nodes.at(parent) + NODE.references;
    memory.setU32(references, memory.getU32(references) + by);
  }

  #at(slot: number): number {
    return slot === 0 ? 0 : this.#nodes.layout.aliases + slot * ALIAS.SIZE;
  }
}
