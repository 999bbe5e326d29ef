import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { firstDifference, python, startBothTrees, treeRecord } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';

const SECONDS = Number(process.env['SLUICE_SECONDS'] ?? 5);
const SEED = Number(process.env['SLUICE_SEED'] ?? 1);

describe.each([
  { workers: 1, policy: 'all', base: '/var/tmp' },
  { workers: 2, policy: 'all', base: '/dev/shm' },
  { workers: 8, policy: 'all', base: '/var/tmp' },
  { workers: 2, policy: 'none', base: '/var/tmp' },
  { workers: 8, policy: 'none', base: '/dev/shm' },
])('16 processes racing beneath $base, $workers workers, policy $policy', ({ workers, policy, base }) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ workers, policy, base });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  it('meet only errors that a race explains, and leave the same tree on both sides', async () => {
    const { mounted, lower } = trees.make('race');
    const result = await python('racing-processes.py', [mounted, String(SECONDS), String(SEED)]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const { done, stale, unexpected } = JSON.parse(result.stdout) as {
      done: number;
      stale: number;
      unexpected: unknown;
    };
    expect(unexpected, `seed ${SEED}`).toEqual({});
    expect(done).toBeGreaterThan(1000);
    expect(stale * 1000).toBeLessThan(done);
    expect(firstDifference(await treeRecord(mounted), await treeRecord(lower))).toBe('');
    const status = await trees.daemon.json('stats');
    expect(status.volumes[0].faults ?? 0).toBe(0);
  });
});
