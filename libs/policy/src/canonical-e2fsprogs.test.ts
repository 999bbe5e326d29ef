import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { canonicalName } from './canonical.ts';
import { seededRandom } from './fixture.ts';

/**
 * e2fsprogs carries the folding tables of the kernel's ext4. It tells what two names are one by their hash in a
 * directory, 63 bits of it, which debugfs computes without a file system.
 */
function directoryHashes(names: readonly string[]): string[] | undefined {
  const { stdout, error } = spawnSync('debugfs', ['-f', '-'], {
    input: names.map((name) => `dx_hash -h half_md4 -c -e utf8 ${name}\n`).join(''),
    env: { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` },
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  if (error) return undefined;
  const hashes: string[] = [];
  for (const found of stdout.matchAll(/^Hash of [^\n]* is (0x[0-9a-f]+ \(minor 0x[0-9a-f]+\))$/gm))
    hashes.push(found[1] ?? '');
  return hashes;
}

const [lower, upper] = directoryHashes(['xéy', 'XE\u0301Y']) ?? [];
const folds = lower !== undefined && lower === upper;

/** All that JavaScript knows to be like a text, whether it is one name with it or not. */
function variants(text: string): string[] {
  const capital = text.toUpperCase();
  const cases = new Set([text, text.toLowerCase(), capital, capital.toLowerCase()]);
  return [...cases].flatMap((other) => [other, other.normalize('NFD'), other.normalize('NFC')]);
}

/** Every code point that is not of a plane without characters, with its variants, within a name and alone. */
function everyCodePoint(names: Set<string>): void {
  for (const [first, last] of [
    [0x80, 0xd7ff],
    [0xe000, 0x3_3fff],
    [0xe_0000, 0xe_0fff],
  ] as const) {
    for (let code = first; code <= last; code++)
      for (const text of variants(String.fromCodePoint(code))) names.add(`x${text}y`);
  }
  names.add('xy');
}

/** Letters with marks, in cases and orders that are one name or are not. */
function markedLetters(names: Set<string>): void {
  const random = seededRandom(5);
  const letters = [...'aSsKſßéÉΑαΣςᾳᾼİıﬀǅᎠꭰ가각', '\u0263', '\u1100\u1161'];
  const marks = [...'\u0301\u0307\u0323\u0327\u0345\u0350\u0302\u093c\u200d\u00ad\u034f\ufe0f'];
  const pick = (from: readonly string[]): string => from[Math.floor(random() * from.length)] ?? '';
  for (let i = 0; i < 3000; i++) {
    const [letter, one, two] = [pick(letters), pick(marks), pick(marks)];
    for (const text of [letter + one + two, letter + two + one, one + letter + two])
      for (const variant of variants(text)) names.add(`x${variant}`);
  }
}

describe('the canonical form and the tables of e2fsprogs', () => {
  it(
    'agree that names are one (needs debugfs of e2fsprogs, 1.45 or later)',
    { timeout: 60_000 },
    (context) => {
      if (!folds) context.skip('debugfs with dx_hash -c -e is missing: install e2fsprogs, 1.45 or later');
      const names = new Set<string>();
      everyCodePoint(names);
      markedLetters(names);
      const list = [...names];
      const hashes = directoryHashes(list) ?? [];
      expect(hashes).toHaveLength(list.length);
      const forms = new Map<string, string>();
      const apart: string[] = [];
      let joined = 0;
      for (const [i, name] of list.entries()) {
        const hash = hashes[i] ?? '';
        const form = canonicalName(name);
        const known = forms.get(hash);
        if (known === undefined) forms.set(hash, form);
        else {
          joined++;
          if (known !== form) apart.push(`${JSON.stringify(name)}: ${JSON.stringify([known, form])}`);
        }
      }
      expect(apart.slice(0, 10)).toEqual([]);
      // Little is compared where little is one.
      expect(joined).toBeGreaterThan(15_000);
      expect(list.length).toBeGreaterThan(200_000);
    },
  );
});
