/** The sizes that rules name, ascending: they cut all sizes into intervals that no rule looks into. */
import { LimitReached } from './budget.ts';
import { LIMITS } from './limits.ts';
import type { PolicyRule } from './policy.ts';

export class SizeBounds {
  /** Bytes, ascending, each once. */
  readonly bytes: readonly number[];
  readonly #index: ReadonlyMap<number, number>;

  constructor(rules: readonly PolicyRule[]) {
    const bounds = new Set<number>();
    for (const [index, { minSize, maxSize }] of rules.entries()) {
      if (minSize > 0) bounds.add(minSize);
      if (maxSize < Infinity) bounds.add(maxSize);
      if (bounds.size > LIMITS.sizeBounds) {
        const message = `up to here, the rules name more than ${String(LIMITS.sizeBounds)} different sizes; use fewer`;
        throw new LimitReached(message, index);
      }
    }
    this.bytes = [...bounds].sort((a, b) => a - b);
    this.#index = new Map(this.bytes.map((bytes, i) => [bytes, i + 1]));
  }

  get count(): number {
    return this.bytes.length;
  }

  /** The intervals `[from, to)` that a rule's sizes cover; interval i lies above i bounds. */
  intervals(minSize: number, maxSize: number): readonly [number, number] {
    return [this.#index.get(minSize) ?? 0, this.#index.get(maxSize) ?? this.bytes.length + 1];
  }
}
