/** Middle and range of a few rounds, as `npm run bench` reports them. */
export interface Spread {
  median: number;
  lowest: number;
  highest: number;
}

/** @throws RangeError without values. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const lowest = sorted[0];
  const highest = sorted.at(-1);
  if (lowest === undefined || highest === undefined)
    throw new RangeError('a spread needs at least one value');
  const below = sorted[Math.ceil(sorted.length / 2) - 1] ?? lowest;
  const above = sorted[Math.floor(sorted.length / 2)] ?? highest;
  return { median: (below + above) / 2, lowest, highest };
}
