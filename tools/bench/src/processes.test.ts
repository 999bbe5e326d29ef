import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { descendants, endRemaining, parseProcessStat, processMemory } from './processes.ts';

const LINE =
  '42 (a) b) R 7 42 42 0 -1 4194304 1 2 3 4 150 25 6 8 20 0 11 0 987654 1 2 3 18446744073709551615 0 0';

describe('a line of /proc/PID/stat', () => {
  it('is read behind the command, whatever stands in that', () => {
    expect(parseProcessStat(LINE)).toEqual({ parent: 7, cpuMicroseconds: 1_750_000, startedAt: 987654 });
  });
});

describe('the memory of a process', () => {
  it('is at least some pages, and no larger in proportion than in residence', () => {
    const { residentBytes, proportionalBytes } = processMemory(process.pid);
    expect(residentBytes).toBeGreaterThan(1 << 20);
    expect(proportionalBytes).toBeLessThanOrEqual(residentBytes);
    expect(proportionalBytes).toBeGreaterThan(0);
  });
});

describe('descendants', () => {
  it('include the children of children, and can be ended after their parent', async () => {
    const child = spawn('sh', ['-c', 'sleep 100; :'], { stdio: 'ignore' });
    try {
      const deadline = Date.now() + 5000;
      while (descendants(child.pid ?? 0).length === 0 && Date.now() < deadline)
        await new Promise((resolve) => setTimeout(resolve, 5));
      const ours = descendants(process.pid).filter(({ pid }) => pid === child.pid);
      const theirs = descendants(child.pid ?? 0);
      expect(ours).toHaveLength(1);
      expect(theirs).toHaveLength(1);
      endRemaining(theirs.map((identity) => ({ ...identity, startedAt: identity.startedAt + 1 })));
      expect(descendants(child.pid ?? 0)).toEqual(theirs);
      endRemaining(theirs);
      const [code] = (await once(child, 'exit')) as [number];
      expect(code).toBe(0);
    } finally {
      endRemaining(descendants(child.pid ?? 0));
      child.kill('SIGKILL');
    }
  });
});
