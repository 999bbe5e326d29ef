/**
 * What policy says to a caller about a node: of a file with several names, the strictest of what it says about those known.
 * The caller of these functions holds the table lock.
 */
import { ACTION, REASON, TYPE, decisionAction, packDecision } from '@sluice/policy';
import type { PolicyImage } from '@sluice/policy';
import type { Aliases } from './aliases.ts';
import { CallerClasses } from './caller-classes.ts';
import { NODE, NODE_FLAG } from './layout.ts';
import { ROOT } from './node-table.ts';
import type { NodeTable } from './node-table.ts';
import type { PolicyStates } from './policy-state.ts';

/** By ACTION: the lower, the stricter. */
const LENIENCE = strictestFirst([
  'hide',
  'deny',
  'redact',
  'direct',
  'cached',
  'auto',
  'passthrough',
  'tree',
]);

/** Who asks, as a request's header tells it. */
export interface Caller {
  readonly uid: number;
  readonly gid: number;
}

export class Decisions {
  readonly #nodes: NodeTable;
  readonly #states: PolicyStates;
  readonly #aliases: Aliases;
  readonly #classes = new CallerClasses();

  constructor(nodes: NodeTable, states: PolicyStates, aliases: Aliases) {
    this.#nodes = nodes;
    this.#states = states;
    this.#aliases = aliases;
  }

  /** The image in force since the last question. */
  get image(): PolicyImage {
    return this.#states.image;
  }

  callerClass(caller: Caller): number {
    return this.#classes.of(this.#states.image, caller.uid, caller.gid);
  }

  /** The packed decision about the node. `asked`: ACCESS bits, 0 for the name alone. `size`: bytes. */
  about(caller: Caller, at: number, asked: number, size: number): number {
    const state = this.#states.of(at);
    const { image } = this.#states;
    const callerClass = this.callerClass(caller);
    const type = typeOf(this.#nodes, at);
    let decision = image.decide(state, callerClass, type, asked, size);
    if (this.#nodes.flag(at, NODE_FLAG.linked)) {
      const twin = this.#nodes.otherView(at);
      for (const each of [at, twin]) {
        if (each === 0) continue;
        decision = stricter(decision, image.decide(this.#states.of(each), callerClass, type, asked, size));
        for (let alias = this.#aliases.first(each); alias !== 0; alias = this.#aliases.next(alias)) {
          decision = stricter(
            decision,
            image.decide(this.#states.ofAlias(alias), callerClass, type, asked, size),
          );
        }
      }
    }
    return this.#nodes.slotOf(at) === ROOT ? spareRoot(decision) : decision;
  }

  /** Whether {@link about} looks at the size; true for all that have several names. */
  dependsOnSize(caller: Caller, at: number, asked: number): boolean {
    if (this.#nodes.flag(at, NODE_FLAG.linked)) return true;
    const state = this.#states.of(at);
    return this.#states.image.dependsOnSize(state, this.callerClass(caller), typeOf(this.#nodes, at), asked);
  }

  /** What may be said about the node to anybody: MAY bits. */
  may(at: number): number {
    const state = this.#states.of(at);
    const { image } = this.#states;
    const type = typeOf(this.#nodes, at);
    let may = image.may(state, type);
    for (let alias = this.#aliases.first(at); alias !== 0; alias = this.#aliases.next(alias)) {
      may |= image.may(this.#states.ofAlias(alias), type);
    }
    return may;
  }
}

/** The root of the volume is always there: what a rule for everything hides or denies is what is in it. */
function spareRoot(decision: number): number {
  const action = decisionAction(decision);
  return action === ACTION.hide || action === ACTION.deny
    ? packDecision(ACTION.cached, REASON.default, 0)
    : decision;
}

/** The stricter of two decisions; the first if they are alike. */
export function stricter(one: number, other: number): number {
  return lenience(other) < lenience(one) ? other : one;
}

/** 0: hides; the higher, the less a decision keeps from the caller. */
export function lenience(decision: number): number {
  return LENIENCE[decisionAction(decision)] ?? 0;
}

/** TYPE of a node. */
export function typeOf(nodes: NodeTable, at: number): number {
  return typeOfMode((nodes.memory.getU32(at + NODE.flags) >>> 16) & 0o170000);
}

/** TYPE of a file mode. */
export function typeOfMode(mode: number): number {
  switch (mode & 0o170000) {
    case 0o100000:
      return TYPE.file;
    case 0o040000:
      return TYPE.directory;
    case 0o120000:
      return TYPE.symlink;
    default:
      return TYPE.other;
  }
}

function strictestFirst(names: readonly (keyof typeof ACTION)[]): Uint8Array {
  const order = new Uint8Array(16);
  names.forEach((name, index) => {
    order[ACTION[name]] = index;
  });
  return order;
}
