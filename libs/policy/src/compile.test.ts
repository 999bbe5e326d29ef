import { describe, expect, it } from 'vitest';
import { compilePolicy, loadPolicy } from './compile.ts';
import { unpacked, walk } from './fixture.ts';
import { PolicyImage } from './image.ts';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';

/** Far above what any of these takes, far below what a runaway would. */
const GENEROUS_MS = 30_000;

const withGlobs = (globs: string[], first = ''): string =>
  `version: 1\ndefault: cached\nrules:\n${first}` +
  globs.map((glob) => `  - { match: { path: '${glob}' }, action: passthrough }\n`).join('');
const many = (count: number, glob: (i: number) => string): string[] =>
  Array.from({ length: count }, (_, i) => glob(i));

describe('compilePolicy', () => {
  const LITERAL_ISH: [string, (i: number) => string, (i: number) => string][] = [
    [
      'directories',
      (i) => `Android/data/com.example.app${String(i)}/**`,
      (i) => `Android/data/com.example.app${String(i)}/f/x`,
    ],
    ['files', (i) => `Download/file-${String(i)}.bin`, (i) => `Download/file-${String(i)}.bin`],
    [
      'file types of a directory',
      (i) => `DCIM/album-${String(i)}/*.jpg`,
      (i) => `DCIM/album-${String(i)}/x.jpg`,
    ],
    ['names anywhere', (i) => `**/name${String(i)}`, (i) => `a/name1/name${String(i)}`],
    ['directories anywhere', (i) => `**/dir${String(i)}/x`, (i) => `dir1/dir${String(i)}/x`],
    ['file types', (i) => `**/*.ext${String(i)}`, (i) => `a/b.ext1.ext${String(i)}`],
  ];
  for (const [what, glob, path] of LITERAL_ISH) {
    it(`takes 10,000 rules for ${what}`, () => {
      const { policy } = parsePolicy(withGlobs(many(LIMITS.rules, glob)));
      if (!policy) throw new Error('does not parse');
      const start = performance.now();
      const { image, diagnostics } = compilePolicy(policy);
      expect(performance.now() - start).toBeLessThan(GENEROUS_MS / 4);
      expect(diagnostics).toEqual([]);
      if (!image) throw new Error('no image');
      const reader = new PolicyImage(image.buffer as ArrayBuffer, 0);
      for (const i of [0, 1, 77, 4999, 9999]) {
        expect(unpacked(reader.decide(walk(reader, path(i)), 0, 0, 1, 0)), path(i)).toEqual([1, 1, i + 1]);
      }
      expect(unpacked(reader.decide(walk(reader, `x${path(5)}0000`), 0, 0, 1, 0))).toEqual([2, 0, 0]);
    });
  }

  const innocent = "  - { id: innocent, match: { path: ['**/*.mp4', 'a/**'] }, action: direct }\n";
  const alphabet = (i: number): string =>
    `**/*[${many(1000, (k) => String.fromCodePoint(0x10000 + ((i * 1000 + k) % 20_000) * 2)).join('')}]`;
  const folders = many(4000, (i) => `${'x/'.repeat(40)}${String(i)}${'/y'.repeat(40)}`);
  const names = many(4000, (i) => `*${String(i)}${'y'.repeat(60)}`);
  /** what, text, line of the error, message. */
  const TOO_MUCH: [string, string, number, RegExp][] = [
    [
      'one name with many wildcards',
      withGlobs(['**/*a????????????????????'], innocent),
      5,
      /rule "rule-2": .*65536 states to read names/,
    ],
    [
      'many components after **',
      withGlobs([`**/a${'/*'.repeat(20)}`], innocent),
      5,
      /rule "rule-2": .*65536 states to read paths/,
    ],
    [
      'names that mix freely',
      withGlobs(many(24, (i) => `**/*${String.fromCharCode(97 + i)}*`)),
      0,
      /65536 states/,
    ],
    [
      'directories that mix freely',
      withGlobs(
        many(24, (i) => `**/${String.fromCharCode(97 + i)}/**`),
        innocent,
      ),
      0,
      /65536 states to read paths/,
    ],
    [
      'braces in many globs',
      withGlobs(many(70, (i) => `${'{0,1}'.repeat(10)}${String(i)}`)),
      68,
      /rule "rule-65": .*65536 patterns/,
    ],
    [
      'long globs with braces',
      withGlobs(many(4, (i) => `${'{0,1}'.repeat(10)}${'x'.repeat(300 + i)}`)),
      7,
      /rule "rule-4": .*1048576 characters/,
    ],
    ['many folders', withGlobs(folders), 0, /131072 different components/],
    ['many long names with wildcards', withGlobs(names), 0, /131072 different beginnings/],
    ['many different characters', withGlobs(many(20, alphabet)), 12, /rule "rule-9": .*16384 characters/],
    [
      'an image too large',
      withGlobs([...many(2500, (i) => `b${String(i)}/*.c`), ...many(2500, (i) => `**/x${String(i)}`)]),
      0,
      /larger than 16777216 bytes/,
    ],
  ];
  for (const [what, text, line, message] of TOO_MUCH) {
    it(`refuses ${what}, soon and naming a rule`, () => {
      const start = performance.now();
      const { policy, image, diagnostics } = loadPolicy(text);
      expect(performance.now() - start).toBeLessThan(GENEROUS_MS);
      expect(image).toBeUndefined();
      expect(policy).toBeDefined();
      expect(diagnostics).toHaveLength(1);
      expect(diagnostics[0]?.message).toMatch(message);
      expect(diagnostics[0]?.message).toMatch(/^rule "rule-\d+": /);
      expect(diagnostics[0]?.severity).toBe('error');
      if (line > 0) expect(diagnostics[0]?.line).toBe(line);
    });
  }

  it('refuses a policy object with more rules than a text may have', () => {
    const { policy } = parsePolicy(withGlobs(['a']));
    if (!policy?.rules[0]) throw new Error('does not parse');
    const rules = Array.from({ length: LIMITS.rules + 1 }, () => policy.rules[0] as (typeof policy.rules)[0]);
    expect(compilePolicy({ ...policy, rules }).diagnostics[0]?.message).toMatch(/more than 10000 rules/);
  });

  it('stops when telling callers and paths apart takes too many steps', () => {
    const callers = many(
      1000,
      (i) =>
        `  - { match: { access: read, caller: { uid: ${String(i)}-${String(20_000 - i)} } }, action: direct }\n`,
    );
    const { image, diagnostics } = loadPolicy(
      withGlobs(
        many(4000, (i) => `**/n${String(i)}`),
        callers.join(''),
      ),
    );
    expect(image).toBeUndefined();
    expect(diagnostics.at(-1)?.message).toMatch(/12000000 steps|more than 1024 sorts of callers/);
  });

  it('refuses more sizes, sorts of callers and sorts of extensions than the limits allow', () => {
    const each = (count: number, match: (i: number) => string): string =>
      `version: 1\nrules:\n${many(count, (i) => `  - { match: { ${match(i)} }, action: direct }\n`).join('')}`;
    const outcome = (text: string): string => {
      const { image, diagnostics } = loadPolicy(text);
      return image ? 'compiled' : (diagnostics.find(({ severity }) => severity === 'error')?.message ?? '');
    };
    const size = (i: number): string => `size: { min: ${String(i + 1)} }`;
    expect(outcome(each(LIMITS.sizeBounds, size))).toBe('compiled');
    expect(outcome(each(LIMITS.sizeBounds + 1, size))).toMatch(
      /^rule "rule-65": up to here.*64 different sizes/,
    );
    const caller = (i: number): string => `caller: { uid: ${String(i * 2)} }`;
    expect(outcome(each(LIMITS.callerClasses - 1, caller))).toBe('compiled');
    expect(outcome(each(LIMITS.callerClasses, caller))).toMatch(/more than 1024 sorts of callers .* uids/);
    expect(outcome(each(LIMITS.rules, (i) => `caller: { uid: ${String(i)}-${String(30_000 - i)} }`))).toMatch(
      /1024 sorts/,
    );
    const extension = (i: number): string => `extension: e${String(i)}`;
    expect(outcome(each(LIMITS.extensionClasses - 1, extension))).toBe('compiled');
    expect(outcome(each(LIMITS.extensionClasses, extension))).toMatch(/more than 8192 sorts of extensions/);
  });

  it('takes a thousand packages, and warns of those that are not installed', () => {
    const packages = new Map(many(1000, (i) => `com.app${String(i)}`).map((name, i) => [name, [10_000 + i]]));
    const text = `version: 1\nrules:\n${many(1001, (i) => `  - { match: { caller: { package: com.app${String(i)} } }, action: direct }\n`).join('')}`;
    const { image, diagnostics } = loadPolicy(text, { foldNames: false, packages });
    expect(image).toBeDefined();
    expect(diagnostics.map(({ message }) => message)).toEqual([
      'rule "rule-1001": the package "com.app1000" is not installed, and matches nobody',
    ]);
    expect(loadPolicy(text).diagnostics.map(({ message }) => message)).toEqual([
      'rule "rule-1": packages are not known here, and rules about them match nobody',
    ]);
  });

  it('does not multiply globs by the rules that share them', () => {
    const globs = many(56, (i) => `'x${String(i)}/**/*.y'`).join();
    const text = (rules: number): string =>
      `version: 1\nsets: { paths: { s: [${globs}] } }\nrules:\n` +
      many(
        rules,
        (i) =>
          `  - { match: { path: $s, caller: { uid: ${String(i % 900)} }, access: read }, action: direct, id: r${String(i)} }\n`,
      ).join('');
    const [few, many_] = [loadPolicy(text(1)).image, loadPolicy(text(5000)).image];
    // Five thousand rules, their ids and some cells: globs again would be 56 times as many states and names.
    expect(many_?.length).toBeLessThan((few?.length ?? 0) + 5000 * 80);
  });
});

describe('a rule that is never reached', () => {
  const warnings = (...rules: string[]): string[] => {
    const text = `version: 1\ndefault: cached\nrules:\n${rules.map((rule) => `  - { ${rule}, action: direct }\n`).join('')}`;
    return loadPolicy(text).diagnostics.map(
      ({ severity, line, message }) => `${severity} ${String(line)} ${message}`,
    );
  };
  const path = (glob: string, more = ''): string => `match: { path: '${glob}'${more} }`;

  it('is warned of after a broader one, which is named', () => {
    const expected =
      'warning 5 rule "rule-2" is never reached: earlier rules take all it matches, such as "rule-1" at line 4; move it up or remove it';
    expect(warnings(path('**'), path('a'))).toEqual([expected]);
    expect(warnings(path('a/**'), path('a/b/*.c'))).toEqual([expected]);
    expect(warnings(path('*'), path('{a,b}', ', size: { min: 1 }'))).toEqual([expected]);
    expect(warnings(path('a'), path('a'))).toEqual([expected]);
  });

  it('is warned of after one with a broader condition', () => {
    expect(
      warnings(path('**', ', size: { min: 5, max: 10 }'), path('a', ', size: { min: 6, max: 10 }')),
    ).toHaveLength(1);
    expect(
      warnings(path('**', ', access: write'), path('a', ', access: write, size: { min: 1 }')),
    ).toHaveLength(1);
  });

  it('is not seen in one that some path, access or size still reaches', () => {
    expect(warnings(path('a'), path('*'))).toEqual([]);
    expect(warnings(path('**', ', access: write'), path('**'))).toEqual([]);
    expect(warnings(path('**', ', access: write'), path('a', ', access: read'))).toEqual([]);
    expect(
      warnings(path('**', ', size: { min: 5, max: 10 }'), path('a', ', size: { min: 5, max: 11 }')),
    ).toEqual([]);
    expect(warnings(path('a/*'), path('a/**'))).toEqual([]);
  });

  it('is warned of where a rule that hides takes its names', () => {
    expect(warnings(path('a', ', access: write'), `${path('a')}, id: hider`).length).toBe(0);
    const text = `version: 1\nrules:\n  - { match: { path: a, access: read }, action: direct }\n  - { id: h, match: { path: a }, action: hide }\n`;
    expect(loadPolicy(text).diagnostics.map(({ message }) => message)).toEqual([
      'rule "rule-1" is never reached: "h" at line 4 decides about the names of all it matches, whatever is asked; ask in "h" for less',
    ]);
  });

  it('is warned of by its glob where only part of it is', () => {
    expect(warnings(path('a'), `match: { path: [b, a] }`)).toEqual([
      'warning 5 rule "rule-2": its glob "a" is never reached: "rule-1" at line 4 has the same and asks no more; remove the glob here, or move the rule up',
    ]);
    expect(warnings(path('a', ', access: read'), `match: { path: [b, a] }`)).toEqual([]);
  });
});
