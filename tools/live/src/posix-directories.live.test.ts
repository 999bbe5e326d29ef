import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, firstDifference, python, startBothTrees, treeRecord } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

/** Data is not what directories are about: one policy will do. */
describe.each(BASES)('directories beneath %s', (base) => {
  let trees: BothTrees;
  beforeAll(async () => {
    trees = await startBothTrees({ base, policy: 'all' });
  });
  afterAll(async () => {
    await trees.daemon.stop();
  });

  async function ends(what: string, directory: string, entries: number): Promise<void> {
    const result = await python('directory-reader.py', [what, directory, String(entries)]);
    expect(result).toMatchObject({ code: 0, stderr: '' });
  }

  it.each([10_000, 100_000])(
    'of %i entries are read whole with small and large buffers, from any cookie, and while others come and go',
    async (entries) => {
      const { mounted, lower } = trees.make(`entries-${entries}`);
      await ends('fill', lower, entries);
      await ends('read', mounted, entries);
      await ends('read-changing', mounted, entries);
    },
  );

  it('bring the attributes of all their entries with one listing', async () => {
    const { mounted, lower } = trees.make('listed');
    await ends('fill', lower, 1000);
    const before = await trees.daemon.requests();
    await ends('list-and-stat', mounted, 1000);
    const after = await trees.daemon.requests();
    expect((after['LOOKUP'] ?? 0) - (before['LOOKUP'] ?? 0)).toBeLessThan(20);
  });

  it('keep names of any bytes and of 1 to 255 of them', async () => {
    const { mounted, lower, bare } = trees.make('names');
    const script = `python3 -c '
import os
odd = [b"new\\nline", b"\\xff\\xfe", b"-rf", "日本語".encode(), "e\\u0301".encode()]
for name in odd + [bytes([number]) for number in range(1, 256) if number not in (46, 47)] + [b"x" * n for n in range(3, 256)]:
    os.mkdir(name) if len(name) % 2 else os.symlink(name, name)
'`;
    for (const cwd of [mounted, bare])
      expect(await sh(script, { cwd })).toMatchObject({ code: 0, stderr: '' });
    const expected = await treeRecord(bare);
    expect(firstDifference(await treeRecord(mounted), expected)).toBe('');
    expect(firstDifference(await treeRecord(lower), expected)).toBe('');
    const listing = await sh('ls -f -b | grep -v "^\\.\\.*$"', { cwd: mounted });
    expect(listing.stdout).toBe((await sh('ls -f -b | grep -v "^\\.\\.*$"', { cwd: bare })).stdout);
  });
});
