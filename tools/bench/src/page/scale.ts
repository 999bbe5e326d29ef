/** Axes: where a value lies, and which values are written beneath. */

export interface Scale {
  /** Of a value: 0 at the beginning of the axis, 1 at its end. */
  at(value: number): number;
  ticks: number[];
}

const MOST_TICKS = 6;

/** Logarithmic, for ratios and times; `also` is a value that has to be on it. Values must be above 0. */
export function logScale(values: readonly number[], also: readonly number[] = []): Scale {
  const all = [...values, ...also].filter((value) => value > 0);
  if (all.length === 0) return { at: () => 0, ticks: [] };
  // A little room, so that nothing sits on the border, and never less than a factor of two.
  const lowest = Math.log10(Math.min(...all)) - 0.04;
  const highest = Math.max(Math.log10(Math.max(...all)) + 0.04, lowest + Math.log10(2));
  const at = (value: number): number => (Math.log10(value) - lowest) / (highest - lowest);
  return { at, ticks: logTicks(10 ** lowest, 10 ** highest) };
}

/** 1, 2, 5, 10 … as far as there is room; else whole powers of ten, of which some are left out. */
function logTicks(lowest: number, highest: number): number[] {
  for (const steps of [[1, 2, 5], [1, 3], [1]]) {
    const ticks = powers(lowest, highest, 1).flatMap((power) => steps.map((step) => step * power));
    const within = ticks.filter((tick) => tick >= lowest && tick <= highest);
    if (within.length <= MOST_TICKS && within.length > 1) return within;
  }
  for (let every = 2; ; every++) {
    const within = powers(lowest, highest, every).filter((tick) => tick >= lowest && tick <= highest);
    if (within.length <= MOST_TICKS) return within;
  }
}

function powers(lowest: number, highest: number, every: number): number[] {
  const found: number[] = [];
  for (let exponent = Math.floor(Math.log10(lowest)); 10 ** exponent <= highest; exponent++)
    if (exponent % every === 0) found.push(Number(`1e${exponent}`));
  return found;
}

/** From 0, for amounts. */
export function linearScale(values: readonly number[]): Scale {
  const highest = Math.max(0, ...values);
  if (highest === 0) return { at: () => 0, ticks: [0] };
  const magnitude = 10 ** Math.floor(Math.log10(highest));
  const step = [0.2, 0.5, 1, 2].map((part) => part * magnitude).find((size) => highest / size < MOST_TICKS);
  const size = step ?? magnitude;
  const ticks = Array.from({ length: Math.floor(highest / size) + 1 }, (_, index) => rounded(index * size));
  return { at: (value) => value / highest, ticks };
}

/** 0.6000000000000001 is not a number to show. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}

export function tickText(value: number): string {
  if (value >= 10_000_000) return `${rounded(value / 1_000_000)}M`;
  return value >= 10_000 ? `${rounded(value / 1000)}k` : String(rounded(value));
}
