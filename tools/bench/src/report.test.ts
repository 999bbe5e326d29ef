import { describe, expect, it } from 'vitest';
import { parseOptions } from './options.ts';
import { report } from './report.ts';
import type { Results } from './results.ts';

const MIB = 1 << 20;

function results(): Results {
  const options = parseOptions([], '2030-01-02');
  if (options === undefined) throw new Error('help was not asked for');
  const machine = {
    date: '2030-01-02',
    kernel: '6.18.1',
    architecture: 'x64',
    processor: 'Fast One',
    cores: 2,
    governor: null,
    memoryBytes: 8 * 1024 * MIB,
    lowerFileSystem: 'tmpfs',
    node: 'v20.1.0',
    commit: 'abc1234',
    build: '0123456789ab',
    buildChanged: false,
    loadBefore: 1,
    loadAfter: 2.5,
  };
  return {
    machine,
    options,
    skipped: [],
    startup: {
      readyMs: [400, 300, 500],
      idle: [
        { pid: 1, command: 'sluiced', residentBytes: 60 * MIB, proportionalBytes: 40 * MIB },
        { pid: 2, command: 'volume', residentBytes: 50 * MIB, proportionalBytes: 30 * MIB },
      ],
    },
    workloads: [
      {
        workload: { name: 'stat', operation: 'lstat', unit: 'us', count: 1, bytes: 0, minimumMs: 1 },
        rounds: {
          native: [{ operations: 1000, bytes: 0, nanoseconds: 2_000_000 }],
          plain: [
            {
              operations: 1000,
              bytes: 0,
              nanoseconds: 80_000_000,
              cpuMicroseconds: 50_000,
              requests: { LOOKUP: 2000 },
            },
          ],
          passthrough_ll: [{ operations: 1000, bytes: 0, nanoseconds: 160_000_000, cpuMicroseconds: 60_000 }],
        },
      },
    ],
  };
}

describe('the report', () => {
  it('shows each arm that ran with its value, its ratios and its costs', () => {
    const text = report(results());
    expect(text).toMatch(
      /\| stat +\| us per lstat \| +2\.00 \(2\.00-2\.00\) \| +80\.0 \(80\.0-80\.0\) \| +160 \(160-160\) \|/,
    );
    expect(text).toMatch(/\| stat +\| +40\.0 \(40\.0-40\.0\) \| +80\.0 \(80\.0-80\.0\) \|/);
    expect(text).toMatch(/\| stat +\| +0\.500 \(0\.500-0\.500\) \|/);
    expect(text).toMatch(/\| stat +\| +50\.0 \| +60\.0 \|/);
    expect(text).toMatch(/\| stat +\| 2\.00: LOOKUP 2\.00 \|/);
  });

  it('does not speak of an arm that did not run, but says why it is left out', () => {
    const without = results();
    delete without.workloads[0]?.rounds.passthrough_ll;
    without.skipped.push({ arm: 'passthrough_ll', reason: 'it is not there' });
    const text = report(without);
    expect(text).not.toContain('libfuse');
    expect(text).toContain('Left out: passthrough_ll: it is not there');
  });

  it('names the build, and warns when it was not one', () => {
    const rebuilt = results();
    expect(report(rebuilt)).toContain('daemon build 0123456789ab');
    expect(report(rebuilt)).not.toContain('rebuilt');
    rebuilt.machine.buildChanged = true;
    expect(report(rebuilt)).toContain('the figures are not of one build');
  });

  it('describes the machine, the load, the starts and the memory', () => {
    const text = report(results());
    expect(text).toContain('2 x Fast One');
    expect(text).toContain('governor none');
    expect(text).toContain('load 1.00 before, 2.50 after');
    expect(text).toContain('Start to ready: 400 ms (300-500, 3 starts)');
    expect(text).toContain('110.0 / 70.0 (sluiced 60.0 / 40.0, volume 50.0 / 30.0)');
  });
});
