/**
 * Open files under another policy: which of them would be opened otherwise now. They go on as they are, each until it is
 * closed; a descriptor that passes through the kernel is out of the daemon's reach altogether.
 */
import { AT, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { typeOf } from '../decisions.ts';
import { NODE_FLAG, OPEN_FILE, SHARED } from '../layout.ts';
import type { NodeTable } from '../node-table.ts';
import { openBeneath } from '../open-beneath.ts';
import { OPEN_DIRECTORY } from '../open-files.ts';
import { MODE, MODE_NAMES } from '../open-mode.ts';
import { accessOf } from '../open-flags.ts';
import type { Comparison } from './comparison.ts';
import { nodePath, nodePathText } from '../node-path.ts';
import type { PathStates } from './path-states.ts';
import { MOST_SAMPLES, actionName, ruleName } from './policy-change-walk.ts';
import type { PolicyChangeFound, WalkOptions } from './policy-change-walk.ts';

export interface OpenFileFound {
  path: string;
  uid: number;
  mode: string;
  toAction: string;
  toRule: string;
  note: string;
}

const RECALLED_NEVER =
  'its descriptor passes through the kernel, out of the reach of the daemon: it cannot be recalled and goes on until it is closed';
const GOES_ON = 'it goes on as it was opened until it is closed';

/** Whose decision depends on the size, which is asked for without the lock. */
interface Sized {
  path: Uint8Array;
  uid: number;
  mode: number;
  type: number;
  asked: number;
  from: { state: number; callerClass: number };
  to: { state: number; callerClass: number };
}

/** Beyond, an open file is judged by size 0. */
const MOST_SIZED = 10_000;

export class OpenFileWalk {
  readonly #options: WalkOptions;
  readonly #nodes: NodeTable;
  readonly #comparison: Comparison;
  readonly #states: PathStates;
  readonly #found: PolicyChangeFound;
  readonly #sized: Sized[] = [];
  #slot = 1;

  constructor(
    options: WalkOptions,
    nodes: NodeTable,
    comparison: Comparison,
    states: PathStates,
    found: PolicyChangeFound,
  ) {
    this.#options = options;
    this.#nodes = nodes;
    this.#comparison = comparison;
    this.#states = states;
    this.#found = found;
  }

  /** Looks at some more, under the table lock: whether any are left. */
  slice(steps: number, ms: number): boolean {
    const { memory } = this.#options;
    const { layout } = this.#nodes;
    const top = memory.getU32(layout.shared + SHARED.openTop);
    const startedAt = performance.now();
    for (; this.#slot <= top; this.#slot++) {
      if (steps <= 0 || performance.now() - startedAt > ms) return true;
      steps--;
      const open = layout.openFiles + this.#slot * OPEN_FILE.SIZE;
      const mode = memory.getU32(open + OPEN_FILE.mode);
      if (mode === 0 || mode === OPEN_DIRECTORY) continue;
      const at = this.#nodes.at(memory.getU32(open + OPEN_FILE.node));
      if (!this.#nodes.flag(at, NODE_FLAG.used)) continue;
      steps = this.#states.advance(at, steps);
      if (steps < 0) return true;
      this.#examine(open, mode, at);
    }
    return false;
  }

  /** Judges those whose size had to be asked for. Without the lock. */
  finish(): void {
    for (const each of this.#sized) this.#judge(each, this.#sizeOf(each.path));
  }

  #examine(open: number, mode: number, at: number): void {
    const { memory } = this.#options;
    const { from, to } = this.#comparison;
    this.#found.openFilesExamined++;
    const uid = memory.getU32(open + OPEN_FILE.uid);
    const gid = memory.getU32(open + OPEN_FILE.gid);
    const type = typeOf(this.#nodes, at);
    const asked = accessOf(memory.getU32(open + OPEN_FILE.flags));
    const fromClass = from.callerClass(uid, gid);
    const toClass = to.callerClass(uid, gid);
    const asksSize =
      from.dependsOnSize(this.#states.from, fromClass, type, asked) ||
      to.dependsOnSize(this.#states.to, toClass, type, asked);
    const needsPath = asksSize && this.#sized.length < MOST_SIZED;
    const each: Sized = {
      path: NO_PATH,
      uid,
      mode,
      type,
      asked,
      from: { state: this.#states.from, callerClass: fromClass },
      to: { state: this.#states.to, callerClass: toClass },
    };
    if (needsPath) this.#sized.push({ ...each, path: nodePath(this.#nodes, at) ?? NO_PATH });
    else this.#judge(each, 0, at);
  }

  #judge({ path, uid, mode, type, asked, from, to }: Sized, size: number, at = 0): void {
    const comparison = this.#comparison;
    const before = comparison.from.decide(from.state, from.callerClass, type, asked, size);
    const after = comparison.to.decide(to.state, to.callerClass, type, asked, size);
    if (comparison.isSame(before, after)) return;
    const found = this.#found;
    found.openFilesChanged++;
    if (found.openFiles.length >= MOST_SAMPLES) return;
    const passes = mode === MODE.passthrough || mode === MODE.passthroughDirect;
    found.openFiles.push({
      path: at === 0 ? new TextDecoder().decode(path) : nodePathText(this.#nodes, at),
      uid,
      mode: MODE_NAMES[mode] ?? '',
      toAction: actionName(after),
      toRule: ruleName(comparison.to, after),
      note: passes ? RECALLED_NEVER : GOES_ON,
    });
  }

  #sizeOf(path: Uint8Array): number {
    const { rootFd, scratch } = this.#options;
    scratch.reset();
    const fd = openBeneath(rootFd, path, scratch);
    if (fd < 0) return 0;
    const stat = scratch.bytes(128);
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, stat);
    sys.close(fd);
    return result < 0 ? 0 : Number(scratch.u64At(stat + ATTR.size));
  }
}

const NO_PATH = new Uint8Array(0);
