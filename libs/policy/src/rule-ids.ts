/** Rule ids: unique, and derived from the position where the text gives none. */
import { quote, type Diagnostics } from './diagnostics.ts';
import type { Place } from './policy.ts';

/** The id of a rule that was given none; `index` is 0-based. */
export function derivedId(index: number): string {
  return `rule-${String(index + 1)}`;
}

/** Finds ids given twice, and those that another rule gets from its position. */
export class RuleIds {
  readonly #diagnostics: Diagnostics;
  readonly #given = new Map<string, { index: number; place: Place }>();
  readonly #named = new Set<number>();

  constructor(diagnostics: Diagnostics) {
    this.#diagnostics = diagnostics;
  }

  give(id: string, index: number, place: Place): void {
    this.#named.add(index);
    const other = this.#given.get(id);
    if (!other) {
      this.#given.set(id, { index, place });
      return;
    }
    const where = `line ${String(other.place.line)}`;
    this.#diagnostics.error(
      place,
      `the id ${quote(id)} is taken by the rule at ${where}; ids must be unique`,
    );
  }

  /** To be called once, after the last rule; `count` is the number of rules. */
  settle(count: number): void {
    for (const [id, { place }] of this.#given) {
      const position = Number(/^rule-([1-9]\d{0,5})$/.exec(id)?.[1] ?? 0);
      if (position === 0 || position > count || this.#named.has(position - 1)) continue;
      const message = `the id ${quote(id)} is what rule ${String(position)} gets from its position; choose another`;
      this.#diagnostics.error(place, message);
    }
  }
}
