import { describe, expect, it } from 'vitest';
import { loadPolicy } from './compile.ts';
import { LIMITS } from './limits.ts';
import { treeDirectories } from './trees.ts';

function load(rules: string[], before = '') {
  const text = `version: 1\ndefault: cached\n${before}rules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
  const { policy, image, diagnostics } = loadPolicy(text);
  if (policy === undefined || image === undefined) throw new Error(JSON.stringify(diagnostics));
  return { policy, warnings: diagnostics.map(({ line, message }) => `${String(line)}: ${message}`) };
}

const tree = (path: string): string => `{ match: { path: ${path} }, action: tree }`;

describe('the directories that tree rules name', () => {
  it('are those without wildcards, with braces multiplied out, once each', () => {
    const { policy } = load([
      tree(
        "['Android/{data,obb}', 'Android/data', 'a{,/b/**}', 'c/**', '*/x', 'd/?', 'e/**/f', '**', 'g[h]/[ij]']",
      ),
      `{ match: { path: 'not/this' }, action: direct }`,
      tree(`'what\\?'`),
    ]);
    expect(treeDirectories(policy)).toEqual(['Android/data', 'Android/obb', 'a', 'a/b', 'c', 'what?']);
  });

  it('are found in sets and the sets these use', () => {
    const sets = 'sets: { paths: { inner: [a/b], outer: [$inner, c] } }\n';
    expect(treeDirectories(load([tree('$outer')], sets).policy).toSorted()).toEqual(['a/b', 'c']);
  });

  it('are bounded', () => {
    const many = `'{${Array.from({ length: 32 }, (_, i) => `a${String(i)}`).join()}}/{${Array.from({ length: 32 }, (_, i) => `b${String(i)}`).join()}}'`;
    const { policy } = load([tree(many), tree(`'c'`)]);
    expect(treeDirectories(policy)).toHaveLength(LIMITS.treeDirectories);
  });
});

describe('a tree with something guarded in it', () => {
  it('is warned of at its rule, with what would help', () => {
    const { warnings } = load([
      `{ match: { path: 'a/secret' }, action: hide }`,
      `{ match: { path: '**/*.jpg' }, action: redact }`,
      tree('[a/b, b]'),
      tree('a'),
    ]);
    expect(warnings).toEqual([
      expect.stringMatching(
        /^6: rule "rule-3": an earlier rule redacts something in "a\/b".*move this rule up/,
      ),
      expect.stringMatching(/^7: rule "rule-4": an earlier rule hides and redacts something in "a"/),
    ]);
  });

  it('is not, where its rule comes first', () => {
    expect(load([tree('a'), `{ match: { path: '**/*.jpg' }, action: redact }`]).warnings).toEqual([]);
  });
});
