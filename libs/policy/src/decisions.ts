/**
 * From the rules whose globs match a path to the cell that decides for it: extension, caller, type, what is asked and
 * size, in this order, each only where the rules left ask it.
 */
import { ACTION, packDecision, REASON, TYPES_ALL } from './actions.ts';
import type { Budget } from './budget.ts';
import type { CallerClasses } from './callers.ts';
import { classRuns } from './class-runs.ts';
import {
  ASKED_CELLS,
  DECISION_BIT,
  DecisionNodes,
  NODE,
  TYPE_CELLS,
  type NodeKind,
} from './decision-nodes.ts';
import type { ExtensionClasses } from './extensions.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { RuleFacts } from './rule-facts.ts';
import type { SizeBounds } from './size-bounds.ts';

/** No rule. */
const NONE = -1;
/** Above every rule's index. */
const NOBODY = 0x7fff_ffff;
/** Bits of ACCESS. */
const ACCESS_BITS = 4;
/** By what is asked: bit n is set where the access mask n is met; 0, which asks nothing, always is. */
const MASKS_MET: readonly number[] = Array.from({ length: ASKED_CELLS }, (_, asked) => {
  let met = 1;
  for (let mask = 1; mask < ASKED_CELLS; mask++) if ((mask & asked) !== 0) met |= 1 << mask;
  return met;
});
/** Lists of rules up to this length are remembered with their cell. */
const REMEMBERED_MAX = 16;

export class Decisions {
  readonly nodes: DecisionNodes;
  /** Of each rule, whether some question is decided by it. */
  readonly reached: Uint8Array;
  /** Of each rule, one that was seen to decide in its place; or NONE. */
  readonly coveredBy: Int32Array;
  readonly #rules: readonly PolicyRule[];
  readonly #facts: RuleFacts;
  readonly #default: number;
  readonly #callers: CallerClasses;
  readonly #extensions: ExtensionClasses;
  readonly #intervals: number;
  readonly #budget: Budget;
  readonly #leaves = new Map<string, number>();
  /** While one list is worked out: which rule takes each bit of access in each size interval. */
  readonly #deciders: Int32Array;
  /** Likewise: cells by what is asked, and which access masks that meets. */
  readonly #asked = new Array<number>(ASKED_CELLS).fill(0);
  readonly #met = new Array<number>(ASKED_CELLS).fill(0);
  /** Likewise: the cell of each size interval. */
  readonly #sizes: number[];

  constructor(
    policy: Policy,
    callers: CallerClasses,
    extensions: ExtensionClasses,
    bounds: SizeBounds,
    budget: Budget,
  ) {
    this.nodes = new DecisionNodes(budget);
    this.#rules = policy.rules;
    this.#facts = new RuleFacts(policy.rules, bounds);
    this.#default = (DECISION_BIT | packDecision(ACTION[policy.default], REASON.default, 0)) >>> 0;
    this.#callers = callers;
    this.#extensions = extensions;
    this.#intervals = bounds.count + 1;
    this.#budget = budget;
    this.#deciders = new Int32Array(ACCESS_BITS * this.#intervals);
    this.#sizes = new Array<number>(this.#intervals).fill(0);
    this.reached = new Uint8Array(policy.rules.length);
    this.coveredBy = new Int32Array(policy.rules.length).fill(NONE);
  }

  /** The cell for rules, ascending, of which the globs match. */
  cell(rules: readonly number[]): number {
    return this.#byExtension(this.#cut(rules));
  }

  /** Up to the first rule that asks nothing more. */
  #cut(rules: readonly number[]): readonly number[] {
    this.#budget.spend((rules.length >>> 2) + 1);
    const { unconditional } = this.#facts;
    for (let i = 0; i < rules.length; i++) {
      if (unconditional[rules[i] ?? 0] === 1) return this.#cutAfter(rules, i);
    }
    return rules;
  }

  #cutAfter(rules: readonly number[], last: number): readonly number[] {
    if (last === rules.length - 1) return rules;
    this.#budget.spend((rules.length - last) >>> 2);
    for (let later = last + 1; later < rules.length; later++)
      this.#cover(rules[later] ?? 0, rules[last] ?? 0);
    return rules.slice(0, last + 1);
  }

  #cover(rule: number, by: number): void {
    if (this.coveredBy[rule] === NONE) this.coveredBy[rule] = by;
  }

  #byExtension(rules: readonly number[]): number {
    return this.#byClass(
      rules,
      NODE.extension,
      (rule) => rule.extensions,
      (list) => this.#extensions.classesOf(list),
      (rest) => this.#byCaller(rest),
    );
  }

  #byCaller(rules: readonly number[]): number {
    return this.#byClass(
      rules,
      NODE.caller,
      (rule) => rule.caller,
      (condition) => this.#callers.classesOf(condition),
      (rest) => this.#byType(rest),
    );
  }

  /** Cells by class: classes in which the same of the rules' conditions hold have the same. */
  #byClass<Condition extends object>(
    rules: readonly number[],
    kind: NodeKind,
    conditionOf: (rule: PolicyRule) => Condition | undefined,
    classesOf: (condition: Condition) => readonly number[],
    next: (rules: readonly number[]) => number,
  ): number {
    const free: number[] = [];
    const asking = new Map<Condition, number[]>();
    this.#budget.spend((rules.length >>> 2) + 1);
    for (const index of rules) {
      const condition = conditionOf(this.#rules[index] as PolicyRule);
      const same = condition && asking.get(condition);
      if (!condition) free.push(index);
      else if (same) same.push(index);
      else asking.set(condition, [index]);
    }
    if (asking.size === 0) return next(rules);
    const lists = [...asking.values()];
    const runs = classRuns([...asking.keys()].map(classesOf), this.#budget);
    const outside = next(this.#cut(free));
    const [first, last] = [runs[0], runs.at(-1)];
    if (!first || !last) return outside;
    const cells = new Map<string, number>();
    this.#budget.spend((last.high - first.low) >>> 3);
    const row = new Array<number>(last.high - first.low + 1).fill(outside);
    for (const { low, high, holds } of runs) {
      const key = holds.join();
      let cell = cells.get(key);
      if (cell === undefined) {
        cell = next(this.#cut(this.#merged(free, holds, lists)));
        cells.set(key, cell);
      }
      row.fill(cell, low - first.low, high - first.low + 1);
    }
    return this.nodes.window(kind, first.low, row, outside);
  }

  #merged(
    free: readonly number[],
    holds: readonly number[],
    lists: readonly (readonly number[])[],
  ): readonly number[] {
    const only = holds.length === 1 ? lists[holds[0] ?? 0] : undefined;
    if (only && free.length === 0) return only;
    const merged = free.slice();
    let ascending = true;
    let last = merged.at(-1) ?? NONE;
    for (const list of holds) {
      for (const index of lists[list] ?? []) {
        if (index < last) ascending = false;
        last = index;
        merged.push(index);
      }
    }
    this.#budget.spend(merged.length);
    return ascending ? merged : merged.sort((a, b) => a - b);
  }

  #byType(rules: readonly number[]): number {
    const key = rules.length <= REMEMBERED_MAX ? rules.join() : undefined;
    const known = key === undefined ? undefined : this.#leaves.get(key);
    if (known !== undefined) return known;
    const { types } = this.#facts;
    this.#budget.spend((rules.length >>> 2) + 1);
    let cell: number;
    if (rules.every((index) => types[index] === TYPES_ALL)) cell = this.#byAsked(rules);
    else {
      const cells: number[] = [];
      for (let type = 0; type < TYPE_CELLS; type++) {
        cells.push(this.#byAsked(rules.filter((index) => (((types[index] ?? 0) >>> type) & 1) === 1)));
      }
      cell = this.nodes.byType(cells);
    }
    if (key !== undefined) this.#leaves.set(key, cell);
    return cell;
  }

  #byAsked(all: readonly number[]): number {
    const { conditional, overrides, access } = this.#facts;
    const at = all.findIndex((index) => conditional[index] === 0);
    // The rule that decides about the name: the first that asks about neither access nor size.
    const named = at < 0 ? NONE : (all[at] ?? NONE);
    if (at >= 0) this.#cutAfter(all, at);
    const count = at < 0 ? all.length : at;
    const byName = named === NONE ? this.#default : this.#decide(named);
    if (overrides[named] === 1) {
      for (let i = 0; i < count; i++) this.#cover(all[i] ?? 0, named);
      return byName;
    }
    if (count === 0) return byName;
    this.#paint(all, count, named);
    // Bit n: some rule has the access mask n. What is asked differs only by which of these masks it meets.
    let masks = 0;
    for (let i = 0; i < count; i++) masks |= 1 << (access[all[i] ?? 0] ?? 0);
    const cells = this.#asked;
    const met = this.#met;
    cells[0] = byName;
    for (let asked = 1; asked < ASKED_CELLS; asked++) {
      const meets = masks & (MASKS_MET[asked] ?? 0);
      let same = 1;
      while (same < asked && met[same] !== meets) same++;
      met[asked] = meets;
      cells[asked] = same < asked ? (cells[same] ?? byName) : this.#bySize(asked, byName);
    }
    return this.nodes.byAsked(cells);
  }

  /** Notes for each bit of access and each size interval the first of `count` rules that takes it. */
  #paint(rules: readonly number[], count: number, named: number): void {
    const { access, from, to } = this.#facts;
    const intervals = this.#intervals;
    const deciders = this.#deciders.fill(NOBODY);
    this.#budget.spend(count + (intervals >>> 2));
    for (let nth = 0; nth < count; nth++) {
      const index = rules[nth] ?? 0;
      const mask = access[index] ?? 0;
      const [start, end] = [from[index] ?? 0, to[index] ?? 0];
      let before = NOBODY;
      let painted = false;
      for (let bit = 0; bit < ACCESS_BITS; bit++) {
        if (mask !== 0 && ((mask >>> bit) & 1) === 0) continue;
        for (let i = bit * intervals + start; i < bit * intervals + end; i++) {
          if (deciders[i] !== NOBODY) before = deciders[i] ?? NOBODY;
          else {
            deciders[i] = index;
            painted = true;
          }
        }
      }
      if (painted) this.reached[index] = 1;
      else this.#cover(index, before === NOBODY ? named : before);
    }
  }

  /**
   * The cell by size for what is asked. A rule takes a question that asks several things if it takes any of them, so the
   * first rule to take it is the first of those that take one.
   */
  #bySize(asked: number, otherwise: number): number {
    const { cell } = this.#facts;
    const intervals = this.#intervals;
    const deciders = this.#deciders;
    const cells = this.#sizes;
    let same = true;
    for (let i = 0; i < intervals; i++) {
      let first = NOBODY;
      for (let bit = 0; bit < ACCESS_BITS; bit++) {
        if (((asked >>> bit) & 1) === 1) first = Math.min(first, deciders[bit * intervals + i] ?? NOBODY);
      }
      const found = first === NOBODY ? otherwise : (cell[first] ?? otherwise);
      cells[i] = found;
      if (found !== cells[0]) same = false;
    }
    this.#budget.spend((intervals >>> 2) + 1);
    const last = cells[intervals - 1] ?? otherwise;
    return same ? last : this.nodes.window(NODE.size, 0, cells, last);
  }

  #decide(index: number): number {
    this.reached[index] = 1;
    return this.#facts.cell[index] ?? this.#default;
  }
}
