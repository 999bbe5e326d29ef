/**
 * What another policy changes on a volume that is being served: all nodes and open files known now, looked at under both
 * policies. Runs on the volume server's main thread in slices, each a moment of the table lock, so that no request waits
 * for more than one slice.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { ACTION, decisionAction, decisionRule } from '@sluice/policy';
import type { PolicyImage } from '@sluice/policy';
import { HEADER, Lock } from '@sluice/session';
import type { Scratch } from '@sluice/sys';
import type { SessionMemory } from '@sluice/session';
import { typeOf } from '../decisions.ts';
import { nameOf } from '../explain.ts';
import { NODE, NODE_FLAG, SHARED, planStorage } from '../layout.ts';
import type { StorageGeometry } from '../layout.ts';
import { NodeTable, ROOT } from '../node-table.ts';
import { callerPairs } from './caller-pairs.ts';
import { Comparison } from './comparison.ts';
import { InvalidationList } from './invalidation-list.ts';
import { nodePathText } from '../node-path.ts';
import { OpenFileWalk } from './open-file-walk.ts';
import type { OpenFileFound } from './open-file-walk.ts';
import { PathStates } from './path-states.ts';

export interface PolicyChangeFound {
  nodesExamined: number;
  nodesChanged: number;
  /** Names, and inodes' attributes, that the kernel has to forget. */
  entries: number;
  attributes: number;
  openFilesExamined: number;
  openFilesChanged: number;
  samples: ChangeSample[];
  openFiles: OpenFileFound[];
  callersCompared: number;
  callersCapped: boolean;
  /** Told to stop before the end. */
  incomplete: boolean;
}

export interface ChangeSample {
  path: string;
  uid: number;
  asked: string;
  fromAction: string;
  fromRule: string;
  toAction: string;
  toRule: string;
}

export interface WalkOptions {
  memory: SessionMemory;
  geometry: StorageGeometry;
  rootFd: number;
  /** For a name and a stat record; kept by its owner, since arenas are few. */
  scratch: Scratch;
  from: PolicyImage;
  to: PolicyImage;
  /** The volume's own validity of entries and attributes. */
  timeoutMs: number;
  /** Look at all nodes even where neither policy has a say about names. */
  everything: boolean;
}

export const MOST_SAMPLES = 20;
/** A slice ends with the first of these: nodes and steps of paths; milliseconds. */
const SLICE_STEPS = 200;
const SLICE_MS = 0.5;
/** The first slices are short: code that runs for the first time is slow, and requests wait for it. */
const FIRST_SLICE_STEPS = 4;
/** How many nodes are looked at between two looks at the clock. */
const CLOCK_EVERY = 16;
/**
 * Between two slices, ms: workers that were woken get the lock, where we would be faster, and nobody's turn on a processor is
 * taken away, which would cost a request as many milliseconds as it has steps.
 */
const PAUSE_MS = 1;

export class PolicyChangeWalk {
  readonly invalidations = new InvalidationList();
  readonly #options: WalkOptions;
  readonly #nodes: NodeTable;
  readonly #lock: Lock;
  #cancelled = false;
  /** Of the longest slice so far, ms. For tests and logs. */
  longestSliceMs = 0;

  constructor(options: WalkOptions) {
    this.#options = options;
    const { memory, geometry } = options;
    this.#nodes = new NodeTable(memory, planStorage(geometry, memory.storageAt));
    this.#lock = new Lock(memory, HEADER.tableLock);
  }

  /** Ends {@link run} soon; what it found until then is told. */
  cancel(): void {
    this.#cancelled = true;
  }

  async run(): Promise<PolicyChangeFound> {
    const { from, to, timeoutMs, everything } = this.#options;
    const { pairs, capped } = callerPairs(from, to);
    const comparison = new Comparison(from, to, pairs, timeoutMs);
    const states = new PathStates(this.#nodes, from, to);
    const found: PolicyChangeFound = {
      nodesExamined: 0,
      nodesChanged: 0,
      entries: 0,
      attributes: 0,
      openFilesExamined: 0,
      openFilesChanged: 0,
      samples: [],
      openFiles: [],
      callersCompared: pairs.length,
      callersCapped: capped,
      incomplete: false,
    };
    if (everything || from.shapesNames || to.shapesNames) await this.#walkNodes(comparison, states, found);
    const openFiles = new OpenFileWalk(this.#options, this.#nodes, comparison, states, found);
    await this.#slices((steps) => openFiles.slice(steps, SLICE_MS));
    openFiles.finish();
    found.incomplete = this.#cancelled;
    return found;
  }

  async #walkNodes(comparison: Comparison, states: PathStates, found: PolicyChangeFound): Promise<void> {
    const { memory } = this.#options;
    const topAt = this.#nodes.layout.shared + SHARED.nodeTop;
    let slot = ROOT;
    await this.#slices((steps) => {
      const top = memory.getU32(topAt);
      const startedAt = performance.now();
      for (let left = steps; slot <= top; slot++) {
        if (left <= 0) return true;
        if (left % CLOCK_EVERY === 0 && performance.now() - startedAt > SLICE_MS) return true;
        const at = this.#nodes.at(slot);
        left--;
        if (!this.#nodes.flag(at, NODE_FLAG.used)) continue;
        left = states.advance(at, left);
        if (left < 0) return true;
        this.#examine(at, comparison, states, found);
      }
      return false;
    });
  }

  /** A node whose states are worked out. */
  #examine(at: number, comparison: Comparison, states: PathStates, found: PolicyChangeFound): void {
    found.nodesExamined++;
    const difference = comparison.of(states.from, states.to, typeOf(this.#nodes, at));
    if (difference.changed) {
      found.nodesChanged++;
      const { sample } = difference;
      if (found.samples.length < MOST_SAMPLES && sample !== undefined) {
        const { from, to } = this.#options;
        found.samples.push({
          path: nodePathText(this.#nodes, at),
          uid: sample.uid,
          asked: sample.asked,
          fromAction: actionName(sample.from),
          fromRule: ruleName(from, sample.from),
          toAction: actionName(sample.to),
          toRule: ruleName(to, sample.to),
        });
      }
    }
    // Of a file with several names the strictest decision counts, which only their comparison one by one would tell: they are few.
    const { from: before, to: after } = this.#options;
    const isLinked = this.#nodes.flag(at, NODE_FLAG.linked) && (before.shapesNames || after.shapesNames);
    if (!difference.entry && !difference.attributes && !isLinked) return;
    // The root has no name; a node that has lost its last one is found by none.
    const hasName = this.#nodes.slotOf(at) !== ROOT && this.#options.memory.getU32(at + NODE.parent) !== 0;
    const entry = (difference.entry || isLinked) && hasName;
    if (entry) found.entries++;
    if (difference.attributes) found.attributes++;
    if (entry || difference.attributes) {
      const generation = this.#options.memory.getU32(at + NODE.generation);
      this.invalidations.add(this.#nodes.slotOf(at), generation, entry, difference.attributes);
    }
  }

  /** Calls `slice` with its number of steps under the table lock until it says that nothing is left, with pauses in between. */
  async #slices(slice: (steps: number) => boolean): Promise<void> {
    let steps = FIRST_SLICE_STEPS;
    for (let goesOn = true; goesOn && !this.#cancelled; steps = Math.min(steps * 2, SLICE_STEPS)) {
      this.#lock.acquire();
      const startedAt = performance.now();
      try {
        goesOn = slice(steps);
      } finally {
        this.longestSliceMs = Math.max(this.longestSliceMs, performance.now() - startedAt);
        this.#lock.release();
        if (goesOn) await delay(PAUSE_MS);
      }
    }
  }
}

export function actionName(decision: number): string {
  return nameOf(ACTION, decisionAction(decision));
}

export function ruleName(image: PolicyImage, decision: number): string {
  const rule = decisionRule(decision);
  return rule === 0 ? 'default' : image.ruleId(rule - 1);
}
