import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES, firstDifference, python, startBothTrees, treeRecord } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { run } from './daemon.ts';

describe.each(CASES)('the borders of POSIX beneath $base under the policy $policy', ({ base, policy }) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ base, policy });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  it('lie where the bare file system has them', async () => {
    const { mounted, lower, bare } = trees.make('borders');
    const kind = base === '/dev/shm' ? 'memory' : 'disk';
    const [onMount, onBare] = await Promise.all(
      [mounted, bare].map((directory) => python('border-cases.py', [directory, kind])),
    );
    expect(onBare).toMatchObject({ code: 0, stderr: '' });
    expect(firstDifference(onMount?.stdout ?? '', onBare?.stdout ?? '')).toBe('');
    expect(onMount).toMatchObject({ code: 0, stderr: '' });
    const expected = await treeRecord(bare);
    expect(firstDifference(await treeRecord(mounted), expected)).toBe('');
    expect(firstDifference(await treeRecord(lower), expected)).toBe('');
  });

  it('are narrower for ranges collapsed and inserted, which no FUSE mount passes on', async () => {
    const { mounted } = trees.make('ranges');
    for (const range of ['--collapse-range', '--insert-range']) {
      await run('bash', ['-c', `head -c 16384 /dev/urandom > ${mounted}/f`]);
      const { stderr } = await run('fallocate', [range, '-o', '4096', '-l', '4096', `${mounted}/f`]);
      expect(stderr).toContain('Operation not supported');
    }
  });
});
