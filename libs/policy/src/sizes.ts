/** Sizes of a policy text: bytes as a number, or a number with a unit. */

/** KiB, MiB and GiB are powers of 1024 (IEC 80000-13), kB, MB and GB powers of 1000 (SI). */
const UNITS: Readonly<Record<string, number>> = {
  B: 1,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
};

export const SIZE_FORM = 'write whole bytes (1048576) or a number with KiB, MiB, GiB, kB, MB or GB (1MiB)';

/** Bytes, or undefined where the value is no size: negative, a fraction of a byte, 2^53 or more, an unknown unit. */
export function parseSize(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const parts = /^(\d+(?:\.\d+)?)\s?([A-Za-z]*)$/.exec(value);
  if (!parts) return undefined;
  const unit = parts[2] === '' ? 1 : UNITS[parts[2] ?? ''];
  if (unit === undefined) return undefined;
  const bytes = Number(parts[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}
