/** Random policies and paths over few characters, so that globs and paths meet often. */
import { POLICY_ACTIONS } from './actions.ts';

export type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);

const NAMES = ['a', 'b', 'ab', 'aa', 'abc', 'x.a', 'é', 'aé', '😀', '.a', 'b-1'];

function nameGlob(random: Random, depth: number): string {
  let glob = '';
  for (let i = 1 + below(random, 4); i > 0; i--) {
    const kind = random();
    if (kind < (depth > 0 ? 0.12 : 0.25) && !glob.endsWith('*')) glob += '*';
    else if (kind < 0.4) glob += '?';
    else if (kind < 0.5) glob += pick(random, ['[a-b]', '[!a]', '[é-ü]', '[!b-z😀]', '[.x-]', '[abé]']);
    else if (kind < 0.6 - depth * 0.08 && depth < 2) {
      const ways = Array.from({ length: 1 + below(random, 3) }, () => nameGlob(random, depth + 1));
      if (random() < 0.3 && glob !== '') ways.push('');
      glob += `{${ways.join()}}`;
    } else glob += pick(random, ['a', 'b', 'ab', 'c', 'é', '😀', '\\*', '-', 'x', '1']);
  }
  return glob;
}

function pathGlob(random: Random): string {
  const parts = Array.from({ length: 1 + below(random, 4) }, () => {
    const kind = random();
    if (kind < 0.3) return '**';
    if (kind < 0.55) return pick(random, NAMES);
    if (kind < 0.65) return '*';
    if (kind < 0.72) return `{${pick(random, NAMES)}/${nameGlob(random, 1)},**}`;
    return nameGlob(random, 0);
  });
  return parts.join('/');
}

export const SIZES = [0, 1, 9, 10, 11, 4095, 4096, 131_071, 131_072, 2 ** 32, 2 ** 40 + 1];

/** A policy text; its globs may be faulty (`a}` cannot come up, `x/..` can), which the caller passes over. */
export function randomPolicy(random: Random): string {
  const rules = Array.from({ length: below(random, 8) }, () => {
    const match: Record<string, unknown> = {};
    if (random() < 0.9) match['path'] = Array.from({ length: 1 + below(random, 3) }, () => pathGlob(random));
    if (random() < 0.4 || !match['path']) {
      const [low, high] = [pick(random, SIZES), pick(random, SIZES)].sort((a, b) => a - b) as [
        number,
        number,
      ];
      match['size'] = random() < 0.5 ? { min: low } : { min: low, max: high + 1 };
    }
    if (random() < 0.4) match['access'] = pick(random, ['read', 'write', ['read', 'write']]);
    return { match, action: pick(random, POLICY_ACTIONS) };
  });
  return JSON.stringify({ version: 1, default: pick(random, POLICY_ACTIONS), rules });
}

/** A path of up to five components, some of them not UTF-8. */
export function randomPath(random: Random): Uint8Array {
  const bytes: number[] = [];
  const encoder = new TextEncoder();
  for (let i = below(random, 6); i > 0; i--) {
    if (bytes.length > 0) bytes.push(0x2f);
    if (random() < 0.5) bytes.push(...encoder.encode(pick(random, NAMES)));
    else {
      for (let j = 1 + below(random, 4); j > 0; j--) {
        if (random() < 0.15)
          bytes.push(pick(random, [0xff, 0xc3, 0xa9, 0xe2, 0x82, 0xf0, 0x9f, 0x98, 0x80, 0xed]));
        else
          bytes.push(
            ...encoder.encode(pick(random, ['a', 'b', 'c', 'é', 'ü', '😀', '*', '.', '-', 'x', '1'])),
          );
      }
    }
  }
  return Uint8Array.from(bytes);
}

export function randomSize(random: Random): number {
  return pick(random, SIZES);
}
