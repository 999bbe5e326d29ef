/**
 * The characters that a policy's wildcard names tell apart. Units (see `utf8.ts`) that no pattern names share class 0;
 * every other class is an interval of units that all patterns treat alike.
 */
import { LimitReached } from './budget.ts';
import { LIMITS } from './limits.ts';
import type { NamePattern } from './name-trie.ts';
import { INVALID_UNIT } from './utf8.ts';

export interface Alphabet {
  /** First unit of each interval, ascending from 0; the last interval ends at INVALID_UNIT. */
  readonly starts: Int32Array;
  /** Class of each interval. */
  readonly classes: Int32Array;
  readonly classCount: number;
}

/** The alphabet of name patterns. */
export function buildAlphabet(patterns: readonly NamePattern[]): Alphabet {
  const starts = new Set<number>([0]);
  /** Cover begins where the sum goes up and ends where it goes down. */
  const steps = new Map<number, number>();
  const seen = new Set<string>();
  const cover = (low: number, high: number): void => {
    starts.add(low);
    if (high < INVALID_UNIT) starts.add(high + 1);
    steps.set(low, (steps.get(low) ?? 0) + 1);
    steps.set(high + 1, (steps.get(high + 1) ?? 0) - 1);
  };
  for (const { alternatives, owner } of patterns) {
    for (const token of alternatives.flat()) {
      if (token.kind !== 'literal' && token.kind !== 'class') continue;
      const key = token.kind === 'literal' ? String(token.code) : token.key;
      if (seen.has(key)) continue;
      seen.add(key);
      if (token.kind === 'literal') cover(token.code, token.code);
      else for (const [low, high] of token.ranges) cover(low, high);
    }
    if (starts.size > LIMITS.alphabet) {
      throw new LimitReached(
        `the wildcard names tell more than ${String(LIMITS.alphabet)} characters apart; use ? or ranges instead`,
        owner,
      );
    }
  }
  const sorted = Int32Array.from(starts).sort();
  const classes = new Int32Array(sorted.length);
  let classCount = 1;
  let covered = 0;
  for (let i = 0; i < sorted.length; i++) {
    covered += steps.get(sorted[i] ?? 0) ?? 0;
    classes[i] = covered > 0 ? classCount++ : 0;
  }
  return { starts: sorted, classes, classCount };
}

/** Index of the interval that holds a unit. */
export function intervalOf(alphabet: Alphabet, unit: number): number {
  let low = 0;
  let high = alphabet.starts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if ((alphabet.starts[middle] ?? 0) <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

export function classOf(alphabet: Alphabet, unit: number): number {
  return alphabet.classes[intervalOf(alphabet, unit)] ?? 0;
}
