import { describe, expect, it } from 'vitest';
import { packageClosure } from './package-closure.ts';

describe('the packages that packages need', () => {
  it('are theirs and those of theirs, sorted', () => {
    const packages = {
      'node_modules/a': { dependencies: { b: '1' } },
      'node_modules/b': { dependencies: { a: '1' } },
      'node_modules/c': {},
    };
    expect(packageClosure(packages, ['a'])).toEqual(['node_modules/a', 'node_modules/b']);
  });

  it('are found in the nearest folder', () => {
    const packages = {
      'node_modules/a': { dependencies: { b: '2' } },
      'node_modules/a/node_modules/b': { dependencies: { c: '1' } },
      'node_modules/b': {},
      'node_modules/c': {},
    };
    expect(packageClosure(packages, ['a'])).toEqual([
      'node_modules/a',
      'node_modules/a/node_modules/b',
      'node_modules/c',
    ]);
  });

  it('of a workspace are those of the folder that its link leads to', () => {
    const packages = {
      'node_modules/@own/x': { link: true, resolved: 'libs/x' },
      'libs/x': { dependencies: { a: '1' } },
      'node_modules/a': {},
    };
    expect(packageClosure(packages, ['@own/x'])).toEqual(['node_modules/@own/x', 'node_modules/a']);
  });

  it('include peers, but optional ones only if somebody else needs them', () => {
    const packages = {
      'node_modules/a': {
        peerDependencies: { b: '1', c: '1' },
        peerDependenciesMeta: { c: { optional: true } },
        optionalDependencies: { d: '1', gone: '1' },
      },
      'node_modules/b': {},
      'node_modules/c': {},
      'node_modules/d': {},
    };
    expect(packageClosure(packages, ['a'])).toEqual(['node_modules/a', 'node_modules/b', 'node_modules/d']);
  });
});
