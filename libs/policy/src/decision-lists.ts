/**
 * Which rules can decide about a path: for a set of rules whose globs match, the ones that some open could reach, in
 * order. A list ends at the first rule that asks nothing more, and a rule that an earlier one covers is left out, so a
 * rule that is in no list is never reached at all.
 */
import { ACCESS_ANY, type PolicyAction } from './actions.ts';
import type { Budget } from './budget.ts';
import type { Policy, PolicyRule } from './policy.ts';

/** Set in a list's first word where the decision needs the size. */
export const LIST_NEEDS_SIZE = 0x8000_0000;
/** `auto` is among the actions: of a file that is registered already it does not ask the size. */
export const LIST_HAS_AUTO = 0x4000_0000;
export const LIST_COUNT = 0x3fff_ffff;

/** How many earlier rules each rule of a list is compared with: enough for sense, and bounds the work. */
const COMPARED_MAX = 32;

export class DecisionLists {
  /** Lists one after the other: a word of count, LIST_NEEDS_SIZE and LIST_HAS_AUTO, then rule indices. */
  readonly words: number[] = [];
  readonly #rules: readonly PolicyRule[];
  readonly #default: PolicyAction;
  readonly #budget: Budget;
  readonly #byKey = new Map<string, number>();
  readonly #reached = new Set<number>();
  readonly #coveredBy = new Map<number, number>();

  constructor(policy: Policy, budget: Budget) {
    this.#rules = policy.rules;
    this.#default = policy.default;
    this.#budget = budget;
  }

  /** The offset in `words` of the list for a set of rules, given as ascending parts that may overlap. */
  list(parts: readonly (readonly number[])[]): number {
    const rules = parts.flat();
    this.#budget.spend(rules.length + 1);
    if (parts.length > 1) rules.sort((a, b) => a - b);
    const key = rules.join();
    let offset = this.#byKey.get(key);
    if (offset === undefined) {
      offset = this.#add(rules);
      this.#byKey.set(key, offset);
    }
    return offset;
  }

  /** Rules that no open reaches, each with an earlier rule that takes what it matches. */
  unreached(): { rule: number; coveredBy: number }[] {
    const found: { rule: number; coveredBy: number }[] = [];
    for (const [rule, coveredBy] of this.#coveredBy)
      if (!this.#reached.has(rule)) found.push({ rule, coveredBy });
    return found.sort((a, b) => a.rule - b.rule);
  }

  #add(rules: readonly number[]): number {
    const kept: number[] = [];
    let needsSize = false;
    let hasAuto = false;
    let last: PolicyRule | undefined;
    for (const [position, index] of rules.entries()) {
      if (index === rules[position - 1]) continue;
      const rule = this.#rules[index] as PolicyRule;
      this.#budget.spend(Math.min(kept.length, COMPARED_MAX) + 1);
      const coveredBy = last && isUnconditional(last) ? kept.at(-1) : this.#covering(kept, rule);
      if (coveredBy !== undefined) {
        if (!this.#coveredBy.has(index)) this.#coveredBy.set(index, coveredBy);
        continue;
      }
      kept.push(index);
      this.#reached.add(index);
      last = rule;
      if (rule.action === 'auto') hasAuto = true;
      if (rule.minSize > 0 || rule.maxSize < Infinity) needsSize = true;
    }
    if (!(last && isUnconditional(last)) && this.#default === 'auto') hasAuto = true;
    this.#budget.reserve(4 * (kept.length + 1));
    const offset = this.words.length;
    const flags = (needsSize ? LIST_NEEDS_SIZE : 0) | (hasAuto ? LIST_HAS_AUTO : 0);
    this.words.push((kept.length | flags) >>> 0, ...kept);
    return offset;
  }

  #covering(kept: readonly number[], rule: PolicyRule): number | undefined {
    for (let i = 0; i < Math.min(kept.length, COMPARED_MAX); i++) {
      const earlier = kept[i] as number;
      if (covers(this.#rules[earlier] as PolicyRule, rule)) return earlier;
    }
    return undefined;
  }
}

function isUnconditional(rule: PolicyRule): boolean {
  return rule.access === ACCESS_ANY && rule.minSize === 0 && rule.maxSize === Infinity;
}

/** Whether every open that `later` matches by access and size is one that `earlier` matches. */
function covers(earlier: PolicyRule, later: PolicyRule): boolean {
  const access = earlier.access === ACCESS_ANY || (later.access & ~earlier.access) === 0;
  return access && earlier.minSize <= later.minSize && earlier.maxSize >= later.maxSize;
}
