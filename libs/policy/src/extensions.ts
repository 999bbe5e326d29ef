/** Extensions by class: those that the same lists of a policy hold are one class; 0 is in none of them. */
import { LimitReached, type Budget } from './budget.ts';
import { canonicalName } from './canonical.ts';
import { LIMITS } from './limits.ts';

export class ExtensionClasses {
  /** Class of every extension that a rule names, in the form it is compared in. */
  readonly classes: ReadonlyMap<string, number>;
  readonly count: number;
  readonly #classesOf: ReadonlyMap<readonly string[], readonly number[]>;

  constructor(lists: readonly (readonly string[])[], foldNames: boolean, budget: Budget) {
    const listsOf = new Map<string, number[]>();
    for (const [list, extensions] of lists.entries()) {
      budget.spend(extensions.length);
      for (const extension of extensions) {
        const form = foldNames ? canonicalName(extension) : extension;
        const holders = listsOf.get(form);
        if (!holders) listsOf.set(form, [list]);
        else if (holders.at(-1) !== list) holders.push(list);
      }
    }
    const classes = new Map<string, number>();
    const byKey = new Map<string, number>();
    const classesOf: number[][] = lists.map(() => []);
    for (const [form, holders] of listsOf) {
      const key = holders.join();
      let known = byKey.get(key);
      if (known === undefined) {
        known = byKey.size + 1;
        byKey.set(key, known);
        for (const list of holders) classesOf[list]?.push(known);
      }
      classes.set(form, known);
    }
    this.count = byKey.size + 1;
    if (this.count > LIMITS.extensionClasses) {
      throw new LimitReached(
        `the rules tell more than ${String(LIMITS.extensionClasses)} sorts of extensions apart; use sets that several rules share`,
      );
    }
    this.classes = classes;
    this.#classesOf = new Map(lists.map((list, i) => [list, classesOf[i] ?? []]));
  }

  classesOf(list: readonly string[]): readonly number[] {
    return this.#classesOf.get(list) ?? [];
  }
}
