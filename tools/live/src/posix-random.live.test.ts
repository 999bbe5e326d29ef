/**
 * The same random calls on the mount and on a bare directory: every result and every errno, by several callers.
 * SLUICE_SEEDS="1 2 3" and SLUICE_OPERATIONS=100000 ask for other or longer runs.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CASES, firstDifference, python, startBothTrees, treeRecord } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

const SEEDS = (process.env['SLUICE_SEEDS'] ?? '1 2 3').split(' ').map(Number);
const OPERATIONS = Number(process.env['SLUICE_OPERATIONS'] ?? 2500);
const LIMIT_MS = 60_000 + OPERATIONS * 20;

describe.each(CASES)('random calls beneath $base under the policy $policy', ({ base, policy }) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ base, policy, guardSeconds: Math.ceil((SEEDS.length * LIMIT_MS) / 1000) });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  it.each(SEEDS)(
    'with seed %i, give the results and the tree of the bare file system',
    async (seed) => {
      const { mounted, lower, bare } = trees.make(`seed-${seed}`);
      const [onMount, onBare] = await Promise.all(
        [mounted, bare].map((directory) =>
          python('random-operations.py', [directory, String(seed), String(OPERATIONS)], LIMIT_MS),
        ),
      );
      expect(onBare).toMatchObject({ code: 0, stderr: '' });
      expect(firstDifference(onMount?.stdout ?? '', onBare?.stdout ?? ''), `seed ${seed}`).toBe('');
      expect(onMount).toMatchObject({ code: 0, stderr: '' });
      await sh('sync -f .', { cwd: mounted });
      const expected = await treeRecord(bare);
      expect(firstDifference(await treeRecord(mounted), expected), `mount, seed ${seed}`).toBe('');
      expect(firstDifference(await treeRecord(lower), expected), `lower tree, seed ${seed}`).toBe('');
    },
    LIMIT_MS,
  );
});
