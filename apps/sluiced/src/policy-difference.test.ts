import { describe, expect, it } from 'vitest';
import { differenceOf } from './policy-difference.ts';
import { digestOf } from './policy-store.ts';
import type { StoredVersion } from './policy-store.ts';

function version(number: number, text: string): StoredVersion {
  const appliedBy = { uid: 0, pid: 1, program: 'sluice' };
  return {
    version: number,
    name: `p${number}`,
    appliedAtMs: 5,
    appliedBy,
    why: '',
    digest: digestOf(text),
    rollbackOf: 0,
    text,
  };
}

function policy(...rules: string[]): string {
  return `version: 1\nsets: { paths: { private: ['a/**'] } }\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
}

const A = '{ id: a, match: { path: x }, action: cached }';
const B = '{ id: b, match: { path: $private }, action: direct }';
const C = '{ id: c, match: { size: { min: 5 } }, action: direct }';

describe('the difference of two policies', () => {
  it('names the rules that were added, removed, changed and moved', () => {
    const from = version(1, policy(A, B, C));
    expect(
      differenceOf(from, version(2, policy(A, B, C, '{ match: { path: y }, action: hide }'))).rules,
    ).toEqual([{ kind: 'added', id: 'rule-4', fromPosition: 0, toPosition: 4 }]);
    expect(differenceOf(from, version(2, policy(C, A, B.replace('direct', 'cached')))).rules).toEqual([
      { kind: 'moved', id: 'c', fromPosition: 3, toPosition: 1 },
      { kind: 'changed', id: 'b', fromPosition: 2, toPosition: 3 },
    ]);
    expect(differenceOf(from, version(2, policy(B, C))).rules).toEqual([
      { kind: 'removed', id: 'a', fromPosition: 1, toPosition: 0 },
    ]);
  });

  it('sees a rule changed whose set has, and none where only the place in the text is another', () => {
    const text = policy(A, B, C);
    const other = text.replace("['a/**']", "['a/**', 'b/**']");
    expect(differenceOf(version(1, text), version(2, other)).rules).toMatchObject([
      { kind: 'changed', id: 'b' },
    ]);
    const moved = differenceOf(version(1, text), version(2, `# first\n${text}`));
    expect(moved.rules).toEqual([]);
    expect(moved.textDiff).toContain('--- version 1 (p1)\n+++ version 2 (p2)\n@@ -1,3 +1,4 @@\n+# first\n');
  });

  it('is about the text alone where one of them is no policy any more', () => {
    const { rules, textDiff } = differenceOf(version(1, 'nonsense: 1\n'), version(2, policy(A)));
    expect(rules.map(({ kind }) => kind)).toEqual(['added']);
    expect(textDiff).toContain('-nonsense: 1\n');
  });

  it('is cut at a line where it is longer than what one answer takes', () => {
    const lines = (letter: string): string => `# ${letter.repeat(100)}\n`.repeat(9000);
    const { textDiff, textCut } = differenceOf(version(1, lines('a')), version(2, lines('b')));
    expect(textCut).toBe(true);
    expect(textDiff.length).toBeLessThanOrEqual(1024 * 1024);
    expect(textDiff.endsWith('\n')).toBe(true);
  });
});
