import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { unifiedDiff } from './line-diff.ts';

const directory = mkdtempSync(join(tmpdir(), 'sluice-diff-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

/** `from` with the diff put in by patch(1), which shares nothing with us. */
function patched(from: string, diff: string): string {
  writeFileSync(join(directory, 'from'), from);
  writeFileSync(join(directory, 'diff'), diff);
  const words = ['--quiet', '--output=-', join(directory, 'from'), join(directory, 'diff')];
  return execFileSync('patch', words, { encoding: 'utf8' });
}

const NAMES = ['a', 'b'] as const;

describe('a unified diff', () => {
  it('is empty for texts that are the same', () => {
    expect(unifiedDiff('a\nb\n', 'a\nb\n', NAMES)).toBe('');
    expect(unifiedDiff('', '', NAMES)).toBe('');
  });

  it('shows what changed with three lines around it', () => {
    const lines = Array.from({ length: 20 }, (_, i) => `line ${i}\n`);
    const changed = lines.with(10, 'other\n').toSpliced(11, 0, 'new\n');
    expect(unifiedDiff(lines.join(''), changed.join(''), NAMES)).toBe(
      '--- a\n+++ b\n@@ -8,7 +8,8 @@\n line 7\n line 8\n line 9\n-line 10\n+other\n+new\n line 11\n line 12\n line 13\n',
    );
  });

  it('says where a text has no last line feed', () => {
    expect(unifiedDiff('a\nb', 'a\nb\n', NAMES)).toBe(
      '--- a\n+++ b\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of text\n+b\n',
    );
  });

  it('turns one text into the other, whatever they are', () => {
    let seed = 5;
    const random = (bound: number): number => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return (seed >>> 8) % bound;
    };
    for (let round = 0; round < 60; round++) {
      const from = Array.from({ length: random(40) }, () => `${random(6)}\n`);
      const to = from
        .filter(() => random(5) > 0)
        .flatMap((line) => (random(5) === 0 ? [line, `${random(6)}\n`] : [line]));
      if (from.length === 0 || from.join('') === to.join('')) continue;
      const diff = unifiedDiff(from.join(''), to.join(''), NAMES);
      expect(patched(from.join(''), diff)).toBe(to.join(''));
    }
  });

  it('replaces the whole where texts have little in common, in bounded time', () => {
    const from = Array.from({ length: 30_000 }, (_, i) => `a${i}\n`).join('');
    const to = Array.from({ length: 30_000 }, (_, i) => `b${i}\n`).join('');
    const diff = unifiedDiff(from, to, NAMES);
    expect(diff).toContain('@@ -1,30000 +1,30000 @@\n');
    expect(patched(from, diff)).toBe(to);
  });
});
