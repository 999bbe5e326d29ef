import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICIES, python, startBothTrees } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

const PACKAGES = 1000;
const FILES = PACKAGES * 20;

describe.each(POLICIES)('a package manager’s tree under the policy %s', (policy) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ policy });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  it(`of ${FILES} files is made by four processes, walked, read and removed`, async () => {
    const { mounted, lower } = trees.make('packages');
    const made = await python('small-files.py', ['make', mounted, String(PACKAGES)]);
    expect(made).toMatchObject({ code: 0, stderr: '' });
    for (const directory of [mounted, lower]) {
      const checked = await python('small-files.py', ['check', directory, String(PACKAGES)]);
      expect(checked).toMatchObject({ code: 0, stderr: '', stdout: `${FILES}\n` });
    }
    const removed = await sh('rm -r node_modules && ls -A', { cwd: mounted });
    expect(removed).toMatchObject({ code: 0, stdout: '', stderr: '' });
    expect(await sh('ls -A', { cwd: lower })).toMatchObject({ code: 0, stdout: '' });
  });
});
