import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import {
  descendants,
  endRemaining,
  parsePeakMemory,
  parseProcessStat,
  peakMemory,
  processMemory,
  resetPeakMemory,
} from './processes.ts';

const LARGE = 200 << 20;
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

describe('the peak of memory', () => {
  it('is read from the lines of /proc/PID/status, which a process that ends has not', () => {
    expect(parsePeakMemory('Name:\tx\nVmHWM:\t    300 kB\nVmRSS:\t     200 kB\n')).toEqual({
      residentBytes: 200 * 1024,
      peakBytes: 300 * 1024,
    });
    expect(parsePeakMemory('Name:\tx\nState:\tZ (zombie)\n')).toBeUndefined();
  });

  it('outlives the memory that made it, until it is reset', async () => {
    const script = `Buffer.alloc(${LARGE}, 1); gc(); process.stdout.write('freed'); setInterval(() => 0, 1000);`;
    const child = spawn(process.execPath, ['--expose-gc', '-e', script], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    try {
      await once(child.stdout, 'data');
      const pid = child.pid ?? 0;
      expect(peakMemory(pid)?.peakBytes).toBeGreaterThan(LARGE);
      resetPeakMemory(pid);
      expect(peakMemory(pid)?.peakBytes).toBeLessThan(LARGE);
    } finally {
      child.kill('SIGKILL');
    }
  });

  it('is not known of a process that is not there', () => {
    expect(peakMemory(2 ** 30)).toBeUndefined();
    expect(() => resetPeakMemory(2 ** 30)).not.toThrow();
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
