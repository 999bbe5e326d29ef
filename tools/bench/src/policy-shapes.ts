/** Policy texts of many rules, in the shapes that large policies have, and paths that their globs match. */

export interface PolicyShape {
  readonly name: string;
  /** A text with that many rules. */
  text(rules: number): string;
  /** A path that the i-th of so many rules is about. */
  path(i: number, rules: number): string;
}

const GLOBS_PER_SET = 56;
const EXTENSIONS = Array.from({ length: GLOBS_PER_SET }, (_, i) => `e${String(i)}`);
const SIZES = ['4kB', '64kB', '1MB', '16MB', '256MB'];
const ACCESSES = ['read', 'write', 'mmap', 'create'];
const ACTIONS = ['auto', 'cached', 'direct', 'deny'];

/** Those that do not hold beneath: a name anywhere with all beneath it, ten thousand times, is more than the limits allow. */
const OPEN_ACTIONS = ['auto', 'cached', 'direct'];

const of = (list: readonly string[], i: number): string => list[i % list.length] ?? '';
const head = 'version: 1\ndefault: cached\n';
const sets = (rules: number): number => Math.ceil(rules / GLOBS_PER_SET);

/** Sets of 56 globs, each named by 56 rules that differ in who calls, what is asked and the size. */
function sharedSets(
  glob: (set: number, i: number) => string,
  actions: readonly string[],
): (rules: number) => string {
  return (rules) => {
    const globs = (set: number): string =>
      Array.from({ length: GLOBS_PER_SET }, (_, i) => `'${glob(set, i)}'`).join();
    const defined = Array.from({ length: sets(rules) }, (_, set) => `    s${String(set)}: [${globs(set)}]\n`);
    const all = Array.from({ length: rules }, (_, i) => {
      const set = i % sets(rules);
      const nth = Math.floor(i / sets(rules));
      const uid = `${String(nth * 10 + (set % 7))}-${String(nth * 10 + 400)}`;
      const asked = [`caller:{uid: ${uid}}`, `access: ${of(ACCESSES, nth)}`, `size:{min: ${of(SIZES, nth)}}`];
      return `- {match:{path: $s${String(set)},${asked.join()}},action: ${of(actions, nth)}}\n`;
    });
    return `${head}sets:\n  paths:\n${defined.join('')}rules:\n${all.join('')}`;
  };
}

function plainRules(match: (i: number) => string, before = ''): (rules: number) => string {
  return (rules) => {
    const all = Array.from(
      { length: rules },
      (_, i) => `- {match:{${match(i)}},action: ${of(ACTIONS, i)}}\n`,
    );
    return `${head}${before}rules:\n${all.join('')}`;
  };
}

export const POLICY_SHAPES: readonly PolicyShape[] = [
  {
    name: 'sets of folders, by caller, access and size',
    text: sharedSets((set, i) => `s${String(set)}/d${String(i)}/**`, ACTIONS),
    path: (i, rules) => `s${String(i % sets(rules))}/d${String(i % GLOBS_PER_SET)}/x/y`,
  },
  {
    name: 'sets of names anywhere, by caller, access and size',
    text: sharedSets((set, i) => `**/n${String(set)}x${String(i)}`, OPEN_ACTIONS),
    path: (i, rules) => `a/b/n${String(i % sets(rules))}x${String(i % GLOBS_PER_SET)}`,
  },
  {
    name: 'folders with one set of extensions',
    text: plainRules(
      (i) => `path: f${String(i)}/**,extension: $e`,
      `sets: {extensions: {e: [${EXTENSIONS.join()}]}}\n`,
    ),
    path: (i) => `f${String(i)}/x/y.e${String(i % GLOBS_PER_SET)}`,
  },
  {
    name: 'literal paths',
    text: plainRules((i) => `path: 'Download/d${String(i % 100)}/file-${String(i)}.bin'`),
    path: (i) => `Download/d${String(i % 100)}/file-${String(i)}.bin`,
  },
  {
    name: 'folders of apps, for their packages',
    text: plainRules(
      (i) =>
        `path: 'Android/data/com.example.app${String(i)}/**',caller:{uid: ${String(10_000 + (i % 1000))}}`,
    ),
    path: (i) => `Android/data/com.example.app${String(i)}/files/x`,
  },
];
