/** Uids and gids as sorted inclusive ranges, and how a policy text writes them. */
import type { IdRanges } from './policy.ts';

/** 2^32 - 1 is no id: the kernel says "none" by it. */
export const ID_MAX = 0xffff_fffe;

/** Android gives each user so many uids; a uid's rest by it is the app id, the same for an app in every user. */
export const USER_UIDS = 100_000;
export const APP_MAX = USER_UIDS - 1;
/** The last user whose uids fit into 32 bits. */
export const USER_MAX = 42_948;

/** What a number of a list has to be. */
export interface IdForm {
  readonly max: number;
  readonly what: string;
  readonly form: string;
}

/** A uid or gid. */
export const ANY_ID: IdForm = {
  max: ID_MAX,
  what: 'id',
  form: `write a number (1023) or a range (10000-19999), at most ${String(ID_MAX)}`,
};
export const APP_ID: IdForm = {
  max: APP_MAX,
  what: 'app id',
  form: `write a number (10057) or a range (10000-19999) from 0 to ${String(APP_MAX)}: the uid % ${String(USER_UIDS)}`,
};

/** One number or range up to `max`; undefined where the value is none. `backwards`: its ends are the wrong way round. */
export function parseIdRange(
  value: unknown,
  max: number = ID_MAX,
): readonly [number, number] | 'backwards' | undefined {
  if (typeof value === 'number') return isId(value, max) ? [value, value] : undefined;
  if (typeof value !== 'string' || value.length > 32) return undefined;
  const parts = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(value);
  if (!parts) return undefined;
  const low = Number(parts[1]);
  const high = parts[2] === undefined ? low : Number(parts[2]);
  if (!isId(low, max) || !isId(high, max)) return undefined;
  return high < low ? 'backwards' : [low, high];
}

function isId(value: number, max: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= max;
}

/** Sorted and merged. */
export function normaliseRanges(ranges: IdRanges): IdRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  return merged;
}

/** What is in both. */
export function intersectRanges(a: IdRanges, b: IdRanges): IdRanges {
  const common: [number, number][] = [];
  for (let i = 0, j = 0; i < a.length && j < b.length;) {
    const [left, right] = [a[i] as readonly [number, number], b[j] as readonly [number, number]];
    const low = Math.max(left[0], right[0]);
    const high = Math.min(left[1], right[1]);
    if (low <= high) common.push([low, high]);
    if (left[1] < right[1]) i++;
    else j++;
  }
  return common;
}

export function rangesHold(ranges: IdRanges, id: number): boolean {
  return ranges.some(([low, high]) => id >= low && id <= high);
}
