/** Durations of a policy text: a number with a unit, or 0. */

const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

export const DURATION_FORM =
  'write a whole number with ms, s, m, h or d (500ms, 10s, 5m, 1h, 1d), or 0; at most 365d';
export const DURATION_MAX_MS: number = 365 * 86_400_000;

/** Milliseconds, or undefined where the value is no duration. */
export function parseDuration(value: unknown): number | undefined {
  if (value === 0 || value === '0') return 0;
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const parts = /^(\d+(?:\.\d+)?)(ms|s|m|h|d)$/.exec(value);
  const unit = UNITS[parts?.[2] ?? ''];
  if (!parts || unit === undefined) return undefined;
  const ms = Number(parts[1]) * unit;
  return Number.isSafeInteger(ms) && ms <= DURATION_MAX_MS ? ms : undefined;
}
