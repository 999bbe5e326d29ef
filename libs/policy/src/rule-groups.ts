/**
 * Rules by the lists of globs they name. Every list of globs (one that stands in a rule, or a named set without the sets
 * it uses) is two groups: what it matches, and what lies there or beneath, for actions that hold beneath. Paths are
 * matched with groups; which rules these are is looked up once per combination.
 */
import type { Budget } from './budget.ts';
import { holdsBeneath, type PathSet, type Policy, type PolicyGlob } from './policy.ts';

export interface GlobGroup {
  readonly globs: readonly PolicyGlob[];
  /** Group of the paths matched, where a rule asks for it; or -1. */
  exact: number;
  /** Group of the paths matched and all beneath them, where a rule asks for it; or -1. */
  beneath: number;
  /** Index of the first rule that names it. */
  readonly owner: number;
}

export class RuleGroups {
  readonly groups: GlobGroup[] = [];
  /** Rules of each group, ascending. */
  readonly #rules: number[][] = [];
  /** Rules without globs. */
  readonly #always: number[] = [];
  readonly #budget: Budget;

  constructor(policy: Policy, budget: Budget) {
    this.#budget = budget;
    const bySet = new Map<PathSet, GlobGroup>();
    const closures = new Map<PathSet, readonly PathSet[]>();
    for (const [index, rule] of policy.rules.entries()) {
      if (!rule.paths) {
        this.#always.push(index);
        continue;
      }
      const sets = closure(rule.paths, closures);
      budget.spend(sets.length);
      for (const set of sets) {
        let group = bySet.get(set);
        if (!group) {
          group = { globs: set.globs, exact: -1, beneath: -1, owner: index };
          bySet.set(set, group);
          this.groups.push(group);
        }
        const kind = holdsBeneath(rule.action) ? 'beneath' : 'exact';
        if (group[kind] < 0) group[kind] = this.#rules.push([]) - 1;
        this.#rules[group[kind]]?.push(index);
      }
    }
  }

  /** Rules of some groups and those without globs, ascending, each once. */
  rules(groups: readonly number[]): readonly number[] {
    if (groups.length === 0) return this.#always;
    const rules = [this.#always, ...groups.map((group) => this.#rules[group] ?? [])].flat();
    this.#budget.spend(rules.length);
    if (groups.length === 1 && this.#always.length === 0) return rules;
    rules.sort((a, b) => a - b);
    return rules.filter((rule, i) => rule !== rules[i - 1]);
  }
}

/** A set and all it uses, those that have globs of their own, each once. */
function closure(set: PathSet, known: Map<PathSet, readonly PathSet[]>): readonly PathSet[] {
  const found = known.get(set);
  if (found) return found;
  const all = new Set<PathSet>(set.globs.length > 0 ? [set] : []);
  for (const used of set.uses) for (const inner of closure(used, known)) all.add(inner);
  const list = [...all];
  known.set(set, list);
  return list;
}
