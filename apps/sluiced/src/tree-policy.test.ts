import { describe, expect, it } from 'vitest';
import { compile } from './policy-loading.ts';
import { TreePolicy } from './tree-policy.ts';

function policy(...rules: string[]): TreePolicy {
  const text = `version: 1\ndefault: cached\nrules:\n${rules.map((rule) => `  - ${rule}\n`).join('')}`;
  const { image, treeDirectories } = compile(text, 'test', { foldNames: false });
  return new TreePolicy(image, treeDirectories);
}

const tree = (path: string): string => `{ match: { path: ${path} }, action: tree }`;

describe('a policy of trees', () => {
  it('lets the topmost directories leave, and never the root', () => {
    const trees = policy(tree("['a', 'a/b', 'c/*/d', '**/cache']"));
    expect(
      ['a', 'a/b', 'a/b/c', 'c', 'c/x/d', 'c/x', 'x/cache', 'x/cache/cache', ''].filter((p) =>
        trees.isTop(p),
      ),
    ).toEqual(['a', 'c/x/d', 'x/cache']);
    expect(trees.directories).toEqual(['a', 'a/b']);
    const all = policy(tree("'**'"));
    expect([all.isTop(''), all.isTop('a'), all.isTop('a/b'), all.directories]).toEqual([
      false,
      true,
      false,
      [],
    ]);
  });

  it('keeps a directory with something guarded in it, and lets those beside it leave', () => {
    const trees = policy(
      `{ match: { path: 'a/b/secret', caller: { uid: 10000 } }, action: hide }`,
      `{ match: { path: '**/*.jpg' }, action: redact }`,
      tree("'a'"),
    );
    expect([trees.isTop('a'), trees.isGuarded('a')]).toEqual([false, true]);
    const first = policy(tree('a'), `{ match: { path: '**/*.jpg' }, action: redact }`);
    expect([first.isTop('a'), first.isGuarded('a'), first.isGuarded('b')]).toEqual([true, false, false]);
    const within = policy(`{ match: { path: 'a/b/secret' }, action: deny }`, tree("'a'"));
    expect(['a', 'a/b', 'a/c', 'a/c/d'].filter((path) => within.isTop(path))).toEqual(['a/c']);
  });

  it('without tree rules has none', () => {
    expect(policy(`{ match: { path: a }, action: direct }`)).toMatchObject({
      hasTrees: false,
      directories: [],
    });
  });
});
