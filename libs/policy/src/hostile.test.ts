import { describe, expect, it } from 'vitest';
import { loadPolicy } from './compile.ts';
import { seededRandom } from './fixture.ts';
import { LIMITS } from './limits.ts';
import { PRESETS } from './presets.ts';

const fill = (piece: string, before = ''): string =>
  before + piece.repeat(Math.floor((LIMITS.textBytes / 8 - before.length) / piece.length));
const head = 'version: 1\ndefault: cached\nrules:\n';

/** Texts made to be slow, deep or large, an eighth as long as they may be: what is linear is as slow as it is long. */
const HOSTILE: [string, string][] = [
  ['brackets', fill('[')],
  ['braces', fill('{')],
  ['dashes', fill('- ')],
  ['question marks', fill('? ')],
  ['colons', fill(': ')],
  ['nested pairs', fill('[a: ')],
  ['quotes', fill('"')],
  ['an open quote', fill('a\n', '"')],
  ['backslashes', fill('\\', '"')],
  ['keys', fill('a:\n')],
  ['flow keys', fill('a,', '{')],
  ['question marks in flow', fill('? ', '[')],
  ['documents', fill('---\n')],
  ['comments', fill('#\n')],
  ['line ends', fill('\n')],
  ['a block scalar', fill('\n', '- |\n')],
  ['an alias bomb', 'a: &a [x]\nb: &b [*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b]\n'],
  ['a merge bomb', 'a: {<<: {<<: {a: 1}}}\n'],
  ['empty rules', fill('  -\n', head)],
  ['rules without sense', fill('  - {}\n', head)],
  ['rules that are sizes', fill('  - 1\n', head)],
  [
    'sets in a circle',
    `version: 1\nsets: { paths: { ${Array.from({ length: 400 }, (_, i) => `s${String(i)}: [$s${String((i + 1) % 400)}]`).join()} } }\n`,
  ],
  ['huge sets', fill('a,', 'version: 1\nsets: { extensions: { a: [')],
  [
    'sets that multiply',
    `version: 1\nsets: { paths: { s0: [x], ${Array.from({ length: 500 }, (_, i) => `s${String(i + 1)}: [$s${String(i)}, $s${String(i)}, '[']`).join()} } }\n`,
  ],
  ['packages', fill('com.a, ', `${head}  - { action: auto, match: { caller: { package: [`)],
  ['one long glob', fill('*?', `${head}  - { action: auto, match: { path: '`)],
  ['globs of stars', fill("'**/*a*b*c*d*e*f*g',", `${head}  - { action: auto, match: { path: [`)],
  ['sizes of digits', fill('9', `${head}  - { action: auto, match: { size: { min: `)],
  ['an unknown key without end', `${fill('k')}`.slice(0, -2) + ': '],
];

describe('a hostile text', () => {
  for (const [what, text] of HOSTILE) {
    it(`of ${what} ends in a diagnostic in bounded time`, () => {
      const start = performance.now();
      const { image, diagnostics } = loadPolicy(text);
      expect(performance.now() - start).toBeLessThan(45_000);
      expect(image).toBeUndefined();
      expect(diagnostics.length).toBeGreaterThan(0);
      expect(diagnostics.length).toBeLessThanOrEqual(LIMITS.diagnostics + 1);
      for (const { line, column, message } of diagnostics) {
        expect(line).toBeGreaterThan(0);
        expect(column).toBeGreaterThan(0);
        expect(message.length).toBeLessThan(2000);
      }
    });
  }

  it('of a hundred megabytes is refused before it is read', () => {
    const start = performance.now();
    expect(loadPolicy('#'.repeat(100_000_000)).diagnostics[0]?.message).toMatch(/longer than 1048576 bytes/);
    expect(loadPolicy(new Uint8Array(100_000_000)).diagnostics[0]?.message).toMatch(
      /longer than 1048576 bytes/,
    );
    expect(performance.now() - start).toBeLessThan(5000);
  });

  it('of bytes that are not UTF-8 or NUL is refused where they stand', () => {
    const bytes = (text: string, ...more: number[]): Uint8Array =>
      Uint8Array.from([...new TextEncoder().encode(text), ...more]);
    expect(loadPolicy(bytes('version: 1\nname: é', 0xff)).diagnostics).toEqual([
      {
        severity: 'error',
        line: 2,
        column: 8,
        message: 'the byte 0xff is not UTF-8; save the policy as UTF-8',
      },
    ]);
    expect(loadPolicy(bytes('version: 1\n', 0)).diagnostics).toMatchObject([{ line: 2, column: 1 }]);
    expect(loadPolicy(bytes('\ufeffversion: 1\n')).image).toBeDefined();
  });

  it('of a preset with bytes changed is refused or taken, never thrown at', () => {
    const seed = Date.now() % 2 ** 31;
    const random = seededRandom(seed);
    const pieces = [
      '[',
      ']',
      '{',
      '}',
      ':',
      '-',
      '"',
      "'",
      '*',
      '&',
      '!',
      '|',
      '>',
      '%',
      '@',
      '#',
      '\n',
      '\t',
      ',',
      '0',
      '\\',
      '\0',
    ];
    for (let round = 0; round < 1500; round++) {
      let text = PRESETS['big-files'].replace(/^ *#.*\n/gm, '');
      for (let i = 1 + random() * 4; i > 0; i--) {
        const at = Math.floor(random() * text.length);
        const piece = pieces[Math.floor(random() * pieces.length)] ?? '';
        text = text.slice(0, at) + piece + text.slice(at + Math.floor(random() * 3));
      }
      const { image, diagnostics } = loadPolicy(text);
      const refused = diagnostics.some(({ severity }) => severity === 'error');
      expect(refused, `seed ${String(seed)}: ${text}`).toBe(image === undefined);
    }
  });
});
