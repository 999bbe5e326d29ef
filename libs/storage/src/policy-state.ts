/**
 * The policy automaton's state of a node, a cache: valid while the session's path epoch stands (a new policy or a moved
 * directory bumps it), worked out again from the parent when next needed.
 */
import { HEADER, POLICY_IMAGE_BYTES, WORKER } from '@sluice/session';
import type { Lock, SessionMemory } from '@sluice/session';
import { PolicyImage } from '@sluice/policy';
import { ALIAS, NODE } from './layout.ts';
import { ROOT } from './node-table.ts';
import type { NodeTable } from './node-table.ts';

export class PolicyStates {
  readonly #nodes: NodeTable;
  // Grows to the deepest path and stays there: pushing to it allocates nothing in the long run.
  readonly #stale: number[] = [];
  #image: PolicyImage;
  #epoch: number;

  constructor(nodes: NodeTable) {
    this.#nodes = nodes;
    this.#epoch = nodes.memory.load(HEADER.policyEpoch);
    this.#image = imageOf(nodes, this.#epoch);
  }

  get image(): PolicyImage {
    return this.#image;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Takes a newly applied policy over. Called once per request: one load when nothing changed. */
  refresh(): void {
    const epoch = this.#nodes.memory.load(HEADER.policyEpoch);
    if (epoch === this.#epoch) return;
    // The one allocation on this path, once per policy switch and worker.
    this.#image = imageOf(this.#nodes, epoch);
    this.#epoch = epoch;
  }

  /**
   * State at the node's path, under the policy now in force, which {@link image} is afterwards. The caller holds the table
   * lock: policies are switched under it, so image, state and epoch belong together.
   */
  of(at: number): number {
    const { memory } = this.#nodes;
    this.refresh();
    const pathEpoch = memory.load(HEADER.pathEpoch);
    if (memory.getU32(at + NODE.pathEpoch) === pathEpoch) return memory.getU32(at + NODE.policyState);
    return this.#workOut(at, pathEpoch);
  }

  /** State at a further name of a node, see {@link of}. */
  ofAlias(alias: number): number {
    const { memory } = this.#nodes;
    const parentState = this.of(this.#nodes.at(memory.getU32(alias + ALIAS.parent)));
    const pathEpoch = memory.load(HEADER.pathEpoch);
    if (memory.getU32(alias + ALIAS.pathEpoch) === pathEpoch) return memory.getU32(alias + ALIAS.policyState);
    const name = memory.getU32(alias + ALIAS.name);
    const end = name + memory.getU32(alias + ALIAS.nameLength);
    const state = this.#image.step(parentState, memory.u8, name, end);
    memory.setU32(alias + ALIAS.policyState, state);
    memory.setU32(alias + ALIAS.pathEpoch, pathEpoch);
    return state;
  }

  /** State at the name of `length` bytes at `nameAt` beneath the directory at `parentAt`, whether or not it exists. */
  beneath(parentAt: number, nameAt: number, length: number): number {
    const state = this.of(parentAt);
    return this.#image.step(state, this.#nodes.memory.u8, nameAt, nameAt + length);
  }

  /** Up to the nearest ancestor whose state is valid, and down again: loops, because trees may be deeper than a stack. */
  #workOut(at: number, pathEpoch: number): number {
    const { memory } = this.#nodes;
    const stale = this.#stale;
    let state = this.#image.rootState;
    for (let up = at; up !== 0; up = this.#parentOf(up)) {
      if (memory.getU32(up + NODE.pathEpoch) === pathEpoch) {
        state = memory.getU32(up + NODE.policyState);
        break;
      }
      stale.push(up);
    }
    while (stale.length > 0) {
      const down = stale.pop() as number;
      if (this.#parentOf(down) !== 0) {
        const name = memory.getU32(down + NODE.name);
        state = this.#image.step(state, memory.u8, name, name + memory.getU32(down + NODE.nameLength));
      }
      memory.setU32(down + NODE.policyState, state);
      memory.setU32(down + NODE.pathEpoch, pathEpoch);
    }
    return state;
  }

  /** 0 for the root, and for a node without a name. */
  #parentOf(at: number): number {
    const parent = this.#nodes.memory.getU32(at + NODE.parent);
    return parent === 0 || this.#nodes.slotOf(at) === ROOT ? 0 : this.#nodes.at(parent);
  }
}

function imageOf(nodes: NodeTable, epoch: number): PolicyImage {
  const { memory } = nodes;
  return new PolicyImage(memory.buffer, memory.policyAt + (epoch & 1) * POLICY_IMAGE_BYTES);
}

/** Writes a compiled policy into the area that is not in force. Nobody may still decide by what that area held. */
export function writePolicyImage(memory: SessionMemory, image: Uint8Array): void {
  if (image.length > POLICY_IMAGE_BYTES) {
    throw new RangeError(`a policy image of ${image.length} bytes: ${POLICY_IMAGE_BYTES} are possible`);
  }
  const next = memory.load(HEADER.policyEpoch) + 1;
  memory.u8.set(image, memory.policyAt + (next & 1) * POLICY_IMAGE_BYTES);
}

/** Puts the written image in force: the next decision is made by it. The new epoch. */
export function switchPolicy(memory: SessionMemory, tableLock: Lock): number {
  tableLock.acquire();
  const epoch = memory.load(HEADER.policyEpoch) + 1;
  memory.store(HEADER.policyEpoch, epoch);
  memory.add(HEADER.pathEpoch, 1);
  tableLock.release();
  return epoch;
}

/** Whether a worker is still on a request that it began under an older policy than `epoch`. */
export function workersBehind(memory: SessionMemory, epoch: number): boolean {
  for (let worker = 0; worker < memory.geometry.workers; worker++) {
    const { control } = memory.slot(worker);
    if (memory.load(control + WORKER.busy) !== 0 && memory.load(control + WORKER.policyEpoch) < epoch)
      return true;
  }
  return false;
}
