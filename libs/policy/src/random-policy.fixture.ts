/** Random policies and questions over few characters, so that rules and questions meet often. */
import { ACTION_NAMES, DATA_ACTIONS, TYPE } from './actions.ts';
import type { CompileContext } from './compile.ts';
import type { Question } from './matching.ts';

export type Random = () => number;

const pick = <T>(random: Random, from: readonly T[]): T => from[Math.floor(random() * from.length)] as T;
const below = (random: Random, limit: number): number => Math.floor(random() * limit);
const some = <T>(random: Random, from: readonly T[], most: number): T[] =>
  Array.from({ length: 1 + below(random, most) }, () => pick(random, from));

const NAMES = [
  ...[
    'a',
    'b',
    'ab',
    'aa',
    'abc',
    'x.a',
    'é',
    'aé',
    '😀',
    '.a',
    'b-1',
    'A',
    'AB',
    'a.',
    'x.A',
    'b.x',
    'a.b.É',
  ],
  ...[
    'É',
    'e\u0301',
    'ß',
    'SS',
    'ſ',
    'ﬀ.x',
    'İ',
    'ς',
    'Σ',
    '\u00ad',
    'a\u200b.',
    'x.a ',
    '..',
    'ǅ',
    '\u1fb3\u0323',
  ],
];
const CHARACTERS = [
  ...['a', 'b', 'c', 'é', 'ü', '😀', '*', '.', '-', 'x', '1', 'A', 'B', ' '],
  ...['É', '\u0301', '\u0323', '\u0345', 'ß', 'S', 's', 'K', 'İ', 'ı', 'ﬀ', 'f', '\u200d', 'ᾳ', 'Ꭰ', 'ꭰ'],
];

function nameGlob(random: Random, depth: number): string {
  let glob = '';
  for (let i = 1 + below(random, 4); i > 0; i--) {
    const kind = random();
    if (kind < (depth > 0 ? 0.12 : 0.25) && !glob.endsWith('*')) glob += '*';
    else if (kind < 0.4) glob += '?';
    else if (kind < 0.5)
      glob += pick(random, [
        '[a-b]',
        '[!a]',
        '[é-ü]',
        '[!b-z😀]',
        '[.x-]',
        '[abé]',
        '[A-Z]',
        '[ı-ǆ]',
        '[!S]',
      ]);
    else if (kind < 0.6 - depth * 0.08 && depth < 2) {
      const ways = Array.from({ length: 1 + below(random, 3) }, () => nameGlob(random, depth + 1));
      if (random() < 0.3 && glob !== '') ways.push('');
      glob += `{${ways.join()}}`;
    } else
      glob +=
        random() < 0.3
          ? pick(random, CHARACTERS).replace('*', '\\*')
          : pick(random, ['a', 'b', 'ab', 'c', 'x', '.']);
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

const EXTENSIONS = ['a', 'x', 'b', 'é', 'É', 'ß', 'ss', 'A'];
const UIDS = ['0', '1000', '0-9999', '10000-19999', '10001', '1010001', '110000-110005', '4294967294'];
const APPS = ['0', '1000', '0-9999', '10000-19999', '10001', '9-10003', '10005-99999', 99_999];
const PACKAGES = ['com.a', 'com.b', 'com.missing', 'org.c'];
const SIZES = [0, 1, 9, 10, 11, 4095, 4096, 131_071, 131_072, 2 ** 32, 2 ** 40 + 1];
const ACCESSES = ['read', 'write', 'create', 'mmap'];
const ASK_IDS = [
  0, 1, 1000, 9999, 10_000, 10_001, 10_005, 19_999, 20_000, 99_999, 110_000, 110_005, 110_006, 199_999,
  1_010_001, 4_294_967_294,
];

/** Contexts that policies are compiled and asked in. */
export const CONTEXTS: readonly CompileContext[] = [
  { foldNames: false },
  { foldNames: true },
  {
    foldNames: true,
    packages: new Map([
      ['com.a', [10_001]],
      ['com.b', [10_001, 10_005]],
      ['org.c', [10_000]],
    ]),
  },
];

/** Sets and what their kind calls them in a match. */
function randomSets(random: Random): Record<string, Record<string, unknown[]>> {
  const sets: Record<string, Record<string, unknown[]>> = {
    paths: {},
    extensions: {},
    packages: {},
    uids: {},
  };
  const fill = (kind: string, entry: () => unknown): void => {
    for (let i = 0; i < below(random, 3); i++) {
      const own = Array.from({ length: below(random, 4) }, entry);
      if (i > 0 && random() < 0.5) own.push('$s0');
      (sets[kind] ?? {})[`s${String(i)}`] = own;
    }
  };
  fill('paths', () => pathGlob(random));
  fill('extensions', () => pick(random, EXTENSIONS));
  fill('packages', () => pick(random, PACKAGES));
  fill('uids', () => pick(random, UIDS));
  // Sets of app ids have names of their own: others hold uids that are none.
  if (random() < 0.5)
    (sets['uids'] ?? {})['apps'] = Array.from({ length: below(random, 3) }, () => pick(random, APPS));
  return sets;
}

function entries(
  random: Random,
  sets: Record<string, unknown[]> | undefined,
  entry: () => unknown,
): unknown[] {
  const list = Array.from({ length: 1 + below(random, 3) }, entry);
  const names = Object.keys(sets ?? {});
  if (names.length > 0 && random() < 0.4) list.push(`$${pick(random, names)}`);
  if (names.length > 0 && random() < 0.2) return [`$${pick(random, names)}`];
  return list;
}

function randomAction(random: Random): string {
  if (random() < 0.4) return pick(random, DATA_ACTIONS);
  return random() < 0.1 ? 'deny(EPERM)' : pick(random, ACTION_NAMES);
}

function randomCaller(
  random: Random,
  sets: Record<string, Record<string, unknown[]>>,
): Record<string, unknown> {
  const caller: Record<string, unknown> = {};
  if (random() < 0.6) caller['uid'] = entries(random, sets['uids'], () => pick(random, UIDS));
  if (random() < 0.2) caller['user'] = some(random, [0, 1, 10], 2);
  if (random() < 0.3) {
    caller['app'] = some(random, APPS, 2);
    const { apps } = sets['uids'] ?? {};
    if (apps && random() < 0.5) caller['app'] = random() < 0.5 ? '$apps' : [pick(random, APPS), '$apps'];
  }
  if (random() < 0.3) caller['package'] = entries(random, sets['packages'], () => pick(random, PACKAGES));
  if (random() < 0.2 || Object.keys(caller).length === 0)
    caller['gid'] = some(random, [0, 1000, '9999-10001'], 2);
  return caller;
}

function randomRule(random: Random, sets: Record<string, Record<string, unknown[]>>): unknown {
  const action = randomAction(random);
  const match: Record<string, unknown> = {};
  if (random() < 0.75 || action === 'tree')
    match['path'] = entries(random, sets['paths'], () => pathGlob(random));
  if (action !== 'tree') {
    if (random() < 0.3)
      match['extension'] = entries(random, sets['extensions'], () => pick(random, EXTENSIONS));
    if (random() < 0.3) match['caller'] = randomCaller(random, sets);
    if (random() < 0.2) match['type'] = action === 'redact' ? 'file' : some(random, Object.keys(TYPE), 2);
    if (action !== 'hide' && action !== 'redact') {
      if (random() < 0.3) {
        const [low, high] = [pick(random, SIZES), pick(random, SIZES)].sort((a, b) => a - b) as [
          number,
          number,
        ];
        match['size'] = random() < 0.5 ? { min: low } : { min: low, max: high + 1 };
      }
      if (random() < 0.4) match['access'] = some(random, ACCESSES, 3);
    }
  }
  if (Object.keys(match).length === 0) match['path'] = pathGlob(random);
  return { match, action };
}

/** A policy text; its globs may be faulty (`a}` cannot come up, `x/..` can), which the caller passes over. */
export function randomPolicy(random: Random): string {
  const sets = randomSets(random);
  const rules = Array.from({ length: below(random, 8) }, () => randomRule(random, sets));
  const folding = random() < 0.3 ? { case: pick(random, ['volume', 'sensitive', 'insensitive']) } : {};
  return JSON.stringify({ version: 1, ...folding, default: pick(random, DATA_ACTIONS), sets, rules });
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
        if (random() < 0.1)
          bytes.push(pick(random, [0xff, 0xc3, 0xa9, 0xe2, 0x82, 0xf0, 0x9f, 0x98, 0x80, 0xed]));
        else bytes.push(...encoder.encode(pick(random, CHARACTERS)));
      }
    }
  }
  return Uint8Array.from(bytes);
}

export function randomSize(random: Random): number {
  return pick(random, SIZES);
}

export function randomQuestion(random: Random, path: Uint8Array): Question {
  return {
    path,
    type: below(random, 4),
    uid: pick(random, ASK_IDS),
    gid: pick(random, ASK_IDS),
    asked: below(random, 16),
    size: randomSize(random),
  };
}
