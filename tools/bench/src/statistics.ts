/** Middle and spread of a few rounds. Medians, because one round that met a busy neighbour must not decide. */

export interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

/** Throws a RangeError without values: there is no middle of nothing. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined)
    throw new RangeError('a spread needs at least one value');
  const half = sorted.length / 2;
  const below = sorted[Math.ceil(half) - 1] ?? lowest;
  const above = sorted[Math.floor(half)] ?? highest;
  return { median: (below + above) / 2, lowest, highest };
}

/**
 * The spread of `values[i] / references[i]`: each round is compared with the same round of the reference, which met the
 * same neighbours. Undefined when no round has both.
 */
export function ratioSpread(
  values: readonly (number | undefined)[],
  references: readonly (number | undefined)[],
): Spread | undefined {
  const ratios: number[] = [];
  for (const [round, value] of values.entries()) {
    const reference = references[round];
    if (value !== undefined && reference !== undefined && reference > 0) ratios.push(value / reference);
  }
  return ratios.length === 0 ? undefined : spread(ratios);
}

/** The same items, begun `by` places later: each comes first once in as many rounds as there are items. */
export function rotate<T>(items: readonly T[], by: number): T[] {
  const start = items.length === 0 ? 0 : by % items.length;
  return [...items.slice(start), ...items.slice(0, start)];
}
