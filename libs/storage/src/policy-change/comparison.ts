/**
 * What is decided otherwise under another policy, for everything that ends in one pair of automaton states. Answers are
 * kept: a million nodes share a few hundred pairs.
 */
import { ACCESS, ACTION, MAY, TYPE, decisionAction } from '@sluice/policy';
import type { PolicyImage } from '@sluice/policy';
import type { CallerPair } from './caller-pairs.ts';

export type Asked = 'name' | 'read' | 'write';

/** What is different, for some caller. */
export interface Difference {
  /** A decision about the name or an open. */
  changed: boolean;
  /** The first that was found, as packed decisions. */
  sample: { uid: number; asked: Asked; from: number; to: number } | undefined;
  /** The name is seen otherwise, or valid for a shorter time: the kernel has to forget it. */
  entry: boolean;
  /** Attributes are valid for a shorter time. */
  attributes: boolean;
}

/** Pairs of states whose answers are kept. */
const MOST_KEPT = 65_536;
const QUESTIONS: readonly (readonly [Asked, number])[] = [
  ['read', ACCESS.read],
  ['write', ACCESS.write],
];

/** Where a decision depends on the size, it is compared for these: sizes of nodes are not known. */
const SIZES: readonly number[] = [
  0,
  ...Array.from({ length: 43 }, (_, power) => 2 ** power),
  ...[1e3, 1e6, 1e9, 1e12],
];
const NO_SIZE: readonly number[] = [0];

export class Comparison {
  readonly from: PolicyImage;
  readonly to: PolicyImage;
  readonly #pairs: readonly CallerPair[];
  /** The volume's own validity of entries and attributes. */
  readonly #timeoutMs: number;
  #kept = new Map<number, Map<number, Difference>>();
  #keptCount = 0;

  constructor(from: PolicyImage, to: PolicyImage, pairs: readonly CallerPair[], timeoutMs: number) {
    this.from = from;
    this.to = to;
    this.#pairs = pairs;
    this.#timeoutMs = timeoutMs;
  }

  /** `fromState`, `toState`: of one path under the two policies. `type`: TYPE. */
  of(fromState: number, toState: number, type: number): Difference {
    const key = fromState * 4 + type;
    let row = this.#kept.get(key);
    const known = row?.get(toState);
    if (known !== undefined) return known;
    if (this.#keptCount >= MOST_KEPT) {
      this.#kept = new Map();
      this.#keptCount = 0;
      row = undefined;
    }
    if (row === undefined) {
      row = new Map();
      this.#kept.set(key, row);
    }
    const difference = this.#workOut(fromState, toState, type);
    row.set(toState, difference);
    this.#keptCount++;
    return difference;
  }

  /** Whether two decisions about opens come to the same. */
  isSame(from: number, to: number): boolean {
    return (
      decisionAction(from) === decisionAction(to) &&
      (decisionAction(from) !== ACTION.deny || this.from.ruleErrno(from) === this.to.ruleErrno(to)) &&
      this.from.readAhead(from) === this.to.readAhead(to) &&
      this.from.keepCache(from) === this.to.keepCache(to)
    );
  }

  #workOut(fromState: number, toState: number, type: number): Difference {
    const difference: Difference = { changed: false, sample: undefined, entry: false, attributes: false };
    for (const pair of this.#pairs) {
      this.#compareName(difference, pair, fromState, toState, type);
      for (const [asked, access] of QUESTIONS) {
        if (!difference.changed) this.#compareOpen(difference, pair, asked, access, fromState, toState, type);
      }
      if (difference.changed && difference.entry && difference.attributes) break;
    }
    return difference;
  }

  #compareName(into: Difference, pair: CallerPair, fromState: number, toState: number, type: number): void {
    const from = this.from.decide(fromState, pair.from, type, 0, 0);
    const to = this.to.decide(toState, pair.to, type, 0, 0);
    if (shapeOf(from, type) !== shapeOf(to, type)) {
      into.entry = true;
      if (!into.changed) note(into, pair.uid, 'name', from, to);
    }
    const entryMs = this.#entryMs(this.to, toState, type, to);
    if (entryMs < this.#entryMs(this.from, fromState, type, from)) into.entry = true;
    if (this.#ms(this.to.attributeTimeoutMs(to)) < this.#ms(this.from.attributeTimeoutMs(from)))
      into.attributes = true;
  }

  #compareOpen(
    into: Difference,
    pair: CallerPair,
    asked: Asked,
    access: number,
    fromState: number,
    toState: number,
    type: number,
  ): void {
    const asksSize =
      this.from.dependsOnSize(fromState, pair.from, type, access) ||
      this.to.dependsOnSize(toState, pair.to, type, access);
    for (const size of asksSize ? SIZES : NO_SIZE) {
      const from = this.from.decide(fromState, pair.from, type, access, size);
      const to = this.to.decide(toState, pair.to, type, access, size);
      if (this.isSame(from, to) || (type !== TYPE.file && !isDenied(from) && !isDenied(to))) continue;
      note(into, pair.uid, asked, from, to);
      return;
    }
  }

  /** How long the kernel may keep a name: not at all where it is hidden from somebody, since it keeps names for all callers. */
  #entryMs(image: PolicyImage, state: number, type: number, decision: number): number {
    return (image.may(state, type) & MAY.hide) !== 0 ? 0 : this.#ms(image.entryTimeoutMs(decision));
  }

  #ms(given: number): number {
    return given < 0 ? this.#timeoutMs : given;
  }
}

/** How a name is seen: 0 as it is, else which action keeps it from that. A denied name is there for all to see. */
function shapeOf(decision: number, type: number): number {
  const action = decisionAction(decision);
  if (action === ACTION.hide) return action;
  return action === ACTION.redact && type === TYPE.file ? action : 0;
}

/** Of what has no data, only that is felt. */
function isDenied(decision: number): boolean {
  return decisionAction(decision) === ACTION.deny;
}

function note(into: Difference, uid: number, asked: Asked, from: number, to: number): void {
  into.changed = true;
  into.sample = { uid, asked, from, to };
}
