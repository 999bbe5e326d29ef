/**
 * The states of a node's path under two policies at once, worked out a few steps at a time: paths may be deeper than what
 * fits into the time that the table lock is held. States of directories are kept while no directory moves.
 *
 * The caller holds the table lock in every call, and may let go of it in between.
 */
import { HEADER } from '@sluice/session';
import type { PolicyImage } from '@sluice/policy';
import { NODE } from '../layout.ts';
import { ROOT } from '../node-table.ts';
import type { NodeTable } from '../node-table.ts';

interface Kept {
  generation: number;
  from: number;
  to: number;
}

/** Directories whose states are kept. */
const MOST_KEPT = 131_072;

export class PathStates {
  /** Of the node last asked about, when {@link advance} has said so. */
  from = 0;
  to = 0;
  readonly #nodes: NodeTable;
  readonly #from: PolicyImage;
  readonly #to: PolicyImage;
  readonly #kept = new Map<number, Kept>();
  #pathEpoch = -1;
  /** The node asked about, and what it was when it was begun. */
  #at = 0;
  #generation = 0;
  #parent = 0;
  /** Records between the node and the nearest ancestor whose states are known, that ancestor not included. */
  #pending: number[] = [];
  #climbing = 0;

  constructor(nodes: NodeTable, from: PolicyImage, to: PolicyImage) {
    this.#nodes = nodes;
    this.#from = from;
    this.#to = to;
  }

  /**
   * Goes on with the node at `at`, for at most `steps` steps: how many are left, or -1 where it takes more than these. The
   * states are there when it is not -1.
   */
  advance(at: number, steps: number): number {
    const { memory } = this.#nodes;
    const pathEpoch = memory.load(HEADER.pathEpoch);
    const generation = memory.getU32(at + NODE.generation);
    const parent = memory.getU32(at + NODE.parent);
    if (pathEpoch !== this.#pathEpoch) this.#kept.clear();
    const isSame =
      at === this.#at &&
      generation === this.#generation &&
      parent === this.#parent &&
      pathEpoch === this.#pathEpoch;
    if (!isSame) {
      this.#at = at;
      this.#generation = generation;
      this.#parent = parent;
      this.#pathEpoch = pathEpoch;
      this.#pending.length = 0;
      this.#climbing = at;
    }
    steps = this.#climb(steps);
    return steps < 0 ? -1 : this.#descend(steps);
  }

  #climb(steps: number): number {
    const { memory } = this.#nodes;
    while (this.#climbing !== 0) {
      if (steps-- <= 0) return -1;
      const at = this.#climbing;
      const parent = memory.getU32(at + NODE.parent);
      const slot = this.#nodes.slotOf(at);
      const kept = this.#kept.get(slot);
      if (kept !== undefined && kept.generation === memory.getU32(at + NODE.generation)) {
        this.from = kept.from;
        this.to = kept.to;
        this.#climbing = 0;
      } else if (slot === ROOT || parent === 0) {
        this.from = this.#from.rootState;
        this.to = this.#to.rootState;
        this.#climbing = 0;
      } else {
        this.#pending.push(at);
        this.#climbing = this.#nodes.at(parent);
      }
    }
    return steps;
  }

  #descend(steps: number): number {
    const { memory } = this.#nodes;
    const { u8 } = memory;
    while (this.#pending.length > 0) {
      if (steps-- <= 0) return -1;
      const at = this.#pending.pop() as number;
      const name = memory.getU32(at + NODE.name);
      const end = name + memory.getU32(at + NODE.nameLength);
      this.from = this.#from.step(this.from, u8, name, end);
      this.to = this.#to.step(this.to, u8, name, end);
      if (this.#nodes.isDirectory(at)) this.#keep(at);
    }
    // What comes next for this node is another question, since its name may change.
    this.#at = 0;
    return steps;
  }

  #keep(at: number): void {
    if (this.#kept.size >= MOST_KEPT) this.#kept.clear();
    this.#kept.set(this.#nodes.slotOf(at), {
      generation: this.#nodes.memory.getU32(at + NODE.generation),
      from: this.from,
      to: this.to,
    });
  }
}
