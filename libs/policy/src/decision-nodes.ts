/**
 * Decisions as a reduced diagram: cells that are a decision, or lead to a node that asks one thing more. Equal nodes are
 * one. A node that asks what makes no difference is left out, so what a cell leads to says what it depends on.
 */
import { ACTION, MAY } from './actions.ts';
import { type Budget, imageTooLarge } from './budget.ts';
import { LIMITS } from './limits.ts';

/** Kinds of nodes, in the order in which they ask. */
export const NODE = { extension: 1, caller: 2, type: 3, asked: 4, size: 5 } as const;
export type NodeKind = (typeof NODE)[keyof typeof NODE];
/** A cell that is no decision: the kind of a node, which saves a look at it, and its offset below. */
export const NODE_KIND_SHIFT = 28;
export const NODE_OFFSET_MASK = 0xfff_ffff;

/** Set in a cell that is a decision. */
export const DECISION_BIT = 0x8000_0000;

/** Header and cells by TYPE, or by ACCESS bits. */
export const TYPE_CELLS = 4;
export const ASKED_CELLS = 16;
/** Header, first number, count, cell of all other numbers; then the cells. */
export const WINDOW_HEADER = 4;

/** MAY bits of a decision, for each of the four types. */
export function mayOfAction(action: number): number {
  const bits =
    action === ACTION.hide
      ? MAY.hide
      : action === ACTION.redact
        ? MAY.redact
        : action === ACTION.deny
          ? MAY.deny
          : action === ACTION.tree
            ? MAY.tree
            : 0;
  return bits * 0x1111;
}

/** MAY bits of all types together. */
export function mayOfAnyType(may: number): number {
  return (may | (may >>> 4) | (may >>> 8) | (may >>> 12)) & 0xf;
}

export class DecisionNodes {
  words: Uint32Array = new Uint32Array(1024);
  length = 1;
  readonly #budget: Budget;
  /** Open-addressed offsets of nodes; 0 is free. */
  #slots = new Int32Array(1024);
  #count = 0;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  /** MAY bits by type (four each) of all that a cell leads to. */
  may(cell: number): number {
    return cell >= DECISION_BIT
      ? mayOfAction(cell & 0xf)
      : (this.words[cell & NODE_OFFSET_MASK] ?? 0) & 0xffff;
  }

  byType(cells: readonly number[]): number {
    if (cells.every((cell) => cell === cells[0])) return cells[0] ?? 0;
    let may = 0;
    for (const [type, cell] of cells.entries()) may |= this.may(cell) & (0xf << (type * 4));
    return this.#intern(NODE.type, may, 0, cells.length, cells);
  }

  byAsked(cells: readonly number[]): number {
    if (cells.every((cell) => cell === cells[0])) return cells[0] ?? 0;
    return this.#intern(NODE.asked, this.#mayOf(cells, 0, cells.length), 0, cells.length, cells);
  }

  /** @param cells by number, ascending from `low`; numbers before and after them lead to `outside` */
  window(kind: NodeKind, low: number, cells: readonly number[], outside: number): number {
    let start = 0;
    let end = cells.length;
    while (start < end && cells[start] === outside) start++;
    while (end > start && cells[end - 1] === outside) end--;
    if (start === end) return outside;
    const may = this.#mayOf(cells, start, end) | this.may(outside);
    return this.#intern(kind, may, start, end, cells, low + start, outside);
  }

  #mayOf(cells: readonly number[], start: number, end: number): number {
    let may = 0;
    for (let i = start; i < end; i++) may |= this.may(cells[i] ?? 0);
    return may;
  }

  /**
   * The node of a kind with `cells[start..end)`, and for a window with what stands before them. It is written behind the
   * others and taken back where there is one like it.
   */
  #intern(
    kind: NodeKind,
    may: number,
    start: number,
    end: number,
    cells: readonly number[],
    low?: number,
    outside = 0,
  ): number {
    const at = this.length;
    const size = end - start + (low === undefined ? 1 : WINDOW_HEADER);
    this.#budget.spend((size >>> 3) + 1);
    this.#makeRoom(at + size);
    const { words } = this;
    words[at] = ((kind << NODE_KIND_SHIFT) | may) >>> 0;
    let next = at + 1;
    if (low !== undefined) {
      words[next++] = low;
      words[next++] = end - start;
      words[next++] = outside;
    }
    for (let i = start; i < end; i++) words[next++] = cells[i] ?? 0;
    const mask = this.#slots.length - 1;
    let slot = this.#hash(at, size) & mask;
    for (let other = this.#slots[slot] ?? 0; other !== 0; other = this.#slots[slot] ?? 0) {
      if (this.#equal(at, other, size)) return ((kind << NODE_KIND_SHIFT) | other) >>> 0;
      slot = (slot + 1) & mask;
    }
    this.#budget.reserve(4 * size);
    this.length = at + size;
    this.#slots[slot] = at;
    if (++this.#count * 2 > this.#slots.length) this.#grow();
    return ((kind << NODE_KIND_SHIFT) | at) >>> 0;
  }

  #hash(at: number, size: number): number {
    let hash = 0;
    for (let i = at; i < at + size; i++) hash = Math.imul(hash ^ (this.words[i] ?? 0), 0x01000193);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
    return hash ^ (hash >>> 13);
  }

  /** Nodes of one header are of one size but for windows, whose second word is compared with the rest. */
  #equal(at: number, other: number, size: number): boolean {
    for (let i = 0; i < size; i++) if (this.words[at + i] !== this.words[other + i]) return false;
    return true;
  }

  #makeRoom(words: number): void {
    if (words * 4 > LIMITS.imageBytes) throw imageTooLarge();
    if (words <= this.words.length) return;
    const grown = new Uint32Array(Math.max(this.words.length * 2, words));
    grown.set(this.words);
    this.words = grown;
  }

  #grow(): void {
    const slots = new Int32Array(this.#slots.length * 2);
    const mask = slots.length - 1;
    for (const at of this.#slots) {
      if (at === 0) continue;
      let slot = this.#hash(at, this.#size(at)) & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = at;
    }
    this.#slots = slots;
  }

  #size(at: number): number {
    const kind = (this.words[at] ?? 0) >>> NODE_KIND_SHIFT;
    if (kind === NODE.type) return 1 + TYPE_CELLS;
    return kind === NODE.asked ? 1 + ASKED_CELLS : WINDOW_HEADER + (this.words[at + 2] ?? 0);
  }
}
