import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, decisionAction } from './actions.ts';
import { asking, decided, PLAIN, globPolicy, loaded } from './fixture.ts';
import { expansionSize, parseGlob } from './glob.ts';
import { interpret } from './interpret.ts';
import { LIMITS } from './limits.ts';

const bytes = (...values: number[]): Uint8Array => Uint8Array.from(values);

/** glob, paths it matches, paths it does not. */
const MATCHES: [string, (string | Uint8Array)[], (string | Uint8Array)[]][] = [
  ['DCIM', ['DCIM'], ['', 'dcim', 'DCIM/a', 'a/DCIM', 'DCI', 'DCIMx']],
  ['DCIM/**', ['DCIM', 'DCIM/a', 'DCIM/a/b/c'], ['', 'DCIMA', 'a/DCIM/b']],
  ['**', ['', 'a', 'a/b/c'], []],
  ['**/x', ['x', 'a/x', 'a/b/x', 'x/x'], ['', 'ax', 'x/a', 'a/xx']],
  ['a/**/b', ['a/b', 'a/x/b', 'a/x/y/b', 'a/b/b'], ['a', 'b', 'ab', 'a/x', 'x/a/b', 'a/b/x']],
  ['**/a/**/b/**', ['a/b', 'x/a/b/y', 'a/x/b', 'b/a/a/b/b'], ['b/a', 'a/x', 'a']],
  ['**/**', ['', 'a', 'a/b'], []],
  ['*', ['a', '.a', 'é'], ['', 'a/b']],
  ['*/*', ['a/b'], ['a', 'a/b/c', '']],
  ['*.mp4', ['x.mp4', '.mp4', 'a.mp4.mp4'], ['mp4', 'x.mp4x', 'a/x.mp4', 'x.MP4']],
  ['**/*.{mp4,mkv}', ['x.mp4', 'a/b.mkv', 'a/b/c.mp4'], ['a/b.avi', 'mkv', 'x.mp4/y']],
  ['a*b*c', ['abc', 'aXbYc', 'abcbc', 'abbc'], ['ac', 'abcd', 'acb', 'a/bc']],
  ['?', ['a', 'é', '😀', bytes(0xff), bytes(0xc3)], ['', 'ab', 'e\u0301', bytes(0xc3, 0x28)]],
  ['??', ['ab', 'é😀', bytes(0xc3, 0x28), bytes(0xe2, 0x82), bytes(0xc0, 0x80)], ['a', bytes(0xc3, 0xa9)]],
  ['???', [bytes(0xed, 0xa0, 0x80), bytes(0xe0, 0x80, 0x80)], [bytes(0xe2, 0x82, 0xac)]],
  ['????', [bytes(0xf4, 0x90, 0x80, 0x80)], [bytes(0xf4, 0x8f, 0xbf, 0xbf)]],
  ['*?', ['é', 'aé'], ['']],
  ['?*?', ['ab', 'éé'], ['é', '😀', bytes(0xe2, 0x82, 0xac)]],
  ['[a-c]', ['a', 'b', 'c'], ['d', 'A', '-', 'ab']],
  ['[!a-c]', ['d', 'é', '-', bytes(0xff)], ['a', 'b', '', 'dd']],
  ['[а-я]?', ['жx', 'яa'], ['ж', 'Жx', bytes(0xd0, 0x78)]],
  ['[a-]x[-a]', ['ax-', '-xa'], ['bxa', 'ax']],
  ['[\\]\\\\!]', [']', '\\', '!'], ['a', '[']],
  ['[😀-😂]', ['😁'], ['😃', 'a', bytes(0xf0)]],
  ['é', ['é', bytes(0xc3, 0xa9)], ['e\u0301', 'e']],
  ['\\*\\?\\[\\{\\}\\\\', ['*?[{}\\'], ['ab[{}\\', '*?[{}']],
  ['a,b]c', ['a,b]c'], ['a']],
  ['{a,b}/{c,d}', ['a/c', 'a/d', 'b/c', 'b/d'], ['a/b', 'c/d', 'a']],
  ['{a,b/c}', ['a', 'b/c'], ['b', 'a/c', 'b/a']],
  ['{a,{b,c{d,e}}}x', ['ax', 'bx', 'cdx', 'cex'], ['cx', 'x', 'dx']],
  ['a{,b}', ['a', 'ab'], ['b', 'abb']],
  ['a{,/**}', ['a', 'a/b', 'a/b/c'], ['b']],
  ['{**,a}/b', ['b', 'x/b', 'a/b'], ['a', 'bb']],
  ['{*,a}*', ['a', 'b', 'abc'], ['', 'a/b']],
  ['{a}', ['a'], ['{a}']],
  ['{a\\,b,c}', ['a,b', 'c'], ['a', 'b']],
  ['.*', ['.a', '.'], ['a']],
  ['...', ['...'], ['..']],
];

describe('globs', () => {
  for (const [glob, yes, no] of MATCHES) {
    it(`${glob} matches what it should, compiled and interpreted`, () => {
      const { policy, image } = loaded(globPolicy(glob));
      for (const [paths, action] of [
        [yes, ACTION.passthrough],
        [no, ACTION.cached],
      ] as const) {
        for (const path of paths) {
          const compiled = decided(image, asking(path, ACCESS.read));
          expect(decisionAction(compiled), `compiled: ${String(path)}`).toBe(action);
          const interpreted = interpret(policy, PLAIN, asking(path, ACCESS.read));
          expect(decisionAction(interpreted), `interpreted: ${String(path)}`).toBe(action);
        }
      }
    });
  }

  /** glob, 0-based place of the fault, what the message says. */
  const FAULTS: [string, number, RegExp][] = [
    ['', 0, /write '\*\*'/],
    ['/a', 0, /start at the volume root/],
    ['a//b', 2, /one \/ between components/],
    ['a/', 1, /after the last \//],
    ['{a,}/b', 4, /nothing stands before/],
    ['{a/,b}', 5, /after the last \//],
    ['a/./b', 2, /names no file/],
    ['..', 1, /names no file/],
    ['{.,a}', 4, /names no file/],
    ['.{.,a}/b', 5, /names no file/],
    ['a**', 1, /needs \/ on both sides/],
    ['**a', 2, /needs \/ on both sides/],
    ['{a,**}b', 6, /needs \/ on both sides/],
    ['x{a,**}', 4, /needs \/ on both sides/],
    ['a/***', 2, /three or more \*/],
    ['[abc', 0, /without its \]/],
    ['a[', 1, /without its \]/],
    ['[]', 0, /empty class/],
    ['[!]', 0, /empty class/],
    ['[^a]', 1, /\[!\.\.\.\]/],
    ['[z-a]', 1, /backwards/],
    ['[a/b]', 2, /a \/ inside a class/],
    ['[[:alpha:]]', 1, /write \\\[/],
    ['a\\', 1, /escapes nothing/],
    ['a\\/b', 1, /escaped \//],
    ['{a,b', 0, /without its \}/],
    ['a}', 1, /without its \{/],
    ['{}', 0, /empty braces/],
    ['{a,{b,{c,{d,{e,f}}}}}', 12, /more than 4 deep/],
    ['a\0b', 1, /NUL/],
    ['a\ud800', 1, /surrogate/],
  ];
  for (const [glob, at, message] of FAULTS) {
    it(`${JSON.stringify(glob)} is refused at character ${String(at + 1)}`, () => {
      const { fault } = parseGlob(glob);
      expect(fault?.message).toMatch(message);
      expect(fault?.at).toBe(at);
    });
  }

  it('takes the longest glob there may be and refuses one byte more', () => {
    expect(parseGlob('a'.repeat(LIMITS.globBytes)).tokens).toHaveLength(LIMITS.globBytes);
    expect(parseGlob('a'.repeat(LIMITS.globBytes + 1)).fault?.message).toMatch(/4096 bytes/);
    expect(parseGlob('é'.repeat(LIMITS.globBytes / 2 + 1)).fault?.message).toMatch(/4096 bytes/);
  });

  it('counts the patterns of braces without writing them out', () => {
    const pairs = (count: number): string => '{a,b}'.repeat(count);
    const ten = parseGlob(pairs(10));
    expect(expansionSize(ten.tokens ?? [])).toEqual({ readings: LIMITS.globExpansions, tokens: 10_240 });
    expect(expansionSize(parseGlob('a{b,cd{,e}}f').tokens ?? [])).toEqual({ readings: 3, tokens: 12 });
    expect(parseGlob(pairs(11)).fault?.message).toMatch(/more than 1024 patterns/);
    expect(parseGlob(pairs(800)).fault?.message).toMatch(/more than 1024 patterns/);
    expect(parseGlob(`{${'a,'.repeat(1024)}b}`).fault?.message).toMatch(/more than 1024 patterns/);
  });
});
