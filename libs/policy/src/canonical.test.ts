import { describe, expect, it } from 'vitest';
import { canonicalBytes, canonicalName } from './canonical.ts';
import { utf8 } from './utf8.ts';

/** Names that a file system with case folding takes for one. */
const SAME: string[][] = [
  ['straße', 'STRASSE', 'Strasse', 'STRAẞE', 'ſtraſſe'],
  ['k', 'K', '\u212a'],
  ['å', 'Å', '\u212b', 'a\u030a', 'A\u030a'],
  ['σ', 'Σ', 'ς'],
  ['İ', 'i\u0307', 'I\u0307'],
  ['Ꭰ', '\uab70'],
  ['ǆ', 'ǅ', 'Ǆ'],
  ['ﬀ', 'ff', 'FF', 'Ff'],
  ['ﬃ', 'ffi', 'FFI'],
  ['é', 'É', 'e\u0301', 'E\u0301'],
  ['\u1fb3', '\u1fbc', '\u03b1\u03b9', '\u0391\u0345', '\u0391\u0399'],
  ['a\u0323\u0301', 'a\u0301\u0323', 'Á\u0323'],
  ['각', '\u1100\u1161\u11a8'],
  ['a\u00adb', 'A\u200dB', 'ab\ufe0f', 'a\u034fb', 'ab'],
  ['\u00ad', '\u200b\u200d'],
  ['name', 'NAME.', 'Name ... ', 'name.\u200b'],
  ['µ', 'μ', 'Μ'],
  // Folded before marks are put in order, as Linux does: the iota below is a letter by then.
  ['\u0263\u0345\u0350', '\u0263\u03b9\u0350'],
];
const DIFFERENT: [string, string][] = [
  ['i', 'ı'],
  ['a', 'á'],
  ['ss', 's'],
  ['...', '..'],
  ['ﬁ', 'fl'],
  ['a.b', 'ab'],
];

describe('the canonical form', () => {
  it('is one for names that differ in case, composition and what cannot be seen', () => {
    for (const names of SAME) expect(new Set(names.map(canonicalName)), names.join()).toHaveLength(1);
  });

  it('tells other names apart', () => {
    for (const [a, b] of DIFFERENT) expect(canonicalName(a)).not.toBe(canonicalName(b));
  });

  it('is its own form, for every code point, and never empty', () => {
    for (let code = 1; code < 0x11_0000; code += code < 0x3_0000 ? 1 : 97) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const name = String.fromCodePoint(code);
      const form = canonicalName(name);
      if (form === '' || canonicalName(form) !== form) expect.fail(`U+${code.toString(16)}`);
      const within = canonicalName(`x${name}y`);
      if (canonicalName(within) !== within) expect.fail(`U+${code.toString(16)} within a name`);
    }
  });

  it('is one for a letter and what JavaScript takes for its cases', () => {
    for (let code = 0x80; code < 0x2_0000; code++) {
      if (code >= 0xd800 && code < 0xe000) continue;
      const name = String.fromCodePoint(code);
      const form = canonicalName(`x${name}y`);
      // Unicode keeps the dotless i apart from I, which is its upper case.
      if (code === 0x131) continue;
      for (const other of [
        name.toLowerCase(),
        name.toUpperCase(),
        name.normalize('NFC'),
        name.normalize('NFD'),
      ])
        if (canonicalName(`x${other}y`) !== form)
          expect.fail(`U+${code.toString(16)} and ${JSON.stringify(other)}`);
    }
  });

  it('of bytes keeps those that are no UTF-8, and folds the others', () => {
    const bytes = Uint8Array.from([0x41, 0xff, ...utf8('É'), 0xc3, 0x2e]);
    expect([...canonicalBytes(bytes, 0, bytes.length)]).toEqual([0x61, 0xff, ...utf8('e\u0301'), 0xc3]);
    expect([...canonicalBytes(utf8('xx😀Éxx'), 2, 8)]).toEqual([...utf8('😀e\u0301')]);
  });
});
