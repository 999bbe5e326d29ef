/**
 * The one owner of backing ids. An inode's opens share one registration; it outlives the last close for as long as it
 * stays among the {@link IDLE_REGISTRATIONS} most recently idle ones, so that files opened again and again pay once.
 * It ends on eviction, and with its node at the latest: the kernel forgets an unlinked inode at its last close. The caller
 * holds the table lock.
 */
import type { SessionMemory } from '@sluice/session';
import type { Deferred } from './deferred.ts';
import { NODE, NODE_FLAG, SHARED } from './layout.ts';
import type { NodeTable } from './node-table.ts';

/**
 * Each keeps a lower file's inode and an open file in kernel memory: some 2 KB, 64 MB in all if so many files were open at
 * one time or another. A source tree of 20,000 files is to be opened again without registering any anew.
 */
export const IDLE_REGISTRATIONS = 32768;

export class Registrations {
  readonly #nodes: NodeTable;
  readonly #memory: SessionMemory;
  readonly #shared: number;
  readonly #deferred: Deferred;

  constructor(nodes: NodeTable, deferred: Deferred) {
    this.#nodes = nodes;
    this.#memory = nodes.memory;
    this.#shared = nodes.layout.shared;
    this.#deferred = deferred;
  }

  get idleCount(): number {
    return this.#memory.getU32(this.#shared + SHARED.idleCount);
  }

  /** The node's last passthrough open was closed. */
  becomeIdle(at: number): void {
    if (this.#memory.getI32(at + NODE.backingId) <= 0 || this.#nodes.flag(at, NODE_FLAG.idle)) return;
    if (this.idleCount >= IDLE_REGISTRATIONS) {
      this.end(this.#nodes.at(this.#memory.getU32(this.#shared + SHARED.idleHead)));
    }
    this.#append(at);
  }

  /** The node is opened again. */
  becomeUsed(at: number): void {
    if (this.#nodes.flag(at, NODE_FLAG.idle)) this.#remove(at);
  }

  /** Ends the node's registration if it has an idle one. */
  end(at: number): void {
    if (!this.#nodes.flag(at, NODE_FLAG.idle)) return;
    this.#remove(at);
    this.#deferred.unregister(this.#memory.getI32(at + NODE.backingId));
    this.#memory.setI32(at + NODE.backingId, 0);
  }

  #append(at: number): void {
    const memory = this.#memory;
    const slot = this.#nodes.slotOf(at);
    const tail = memory.getU32(this.#shared + SHARED.idleTail);
    memory.setU32(at + NODE.idlePrevious, tail);
    memory.setU32(at + NODE.idleNext, 0);
    memory.setU32(tail === 0 ? this.#shared + SHARED.idleHead : this.#nodes.at(tail) + NODE.idleNext, slot);
    memory.setU32(this.#shared + SHARED.idleTail, slot);
    memory.setU32(this.#shared + SHARED.idleCount, this.idleCount + 1);
    this.#nodes.setFlag(at, NODE_FLAG.idle, true);
  }

  #remove(at: number): void {
    const memory = this.#memory;
    const previous = memory.getU32(at + NODE.idlePrevious);
    const next = memory.getU32(at + NODE.idleNext);
    memory.setU32(
      previous === 0 ? this.#shared + SHARED.idleHead : this.#nodes.at(previous) + NODE.idleNext,
      next,
    );
    memory.setU32(
      next === 0 ? this.#shared + SHARED.idleTail : this.#nodes.at(next) + NODE.idlePrevious,
      previous,
    );
    memory.setU32(this.#shared + SHARED.idleCount, this.idleCount - 1);
    this.#nodes.setFlag(at, NODE_FLAG.idle, false);
  }
}
