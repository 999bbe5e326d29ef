import { describe, expect, it } from 'vitest';
import { summarise } from './results.ts';
import type { Measurement } from './results.ts';
import type { Workload } from './workloads.ts';

const stat: Workload = {
  name: 'stat',
  clients: 1,
  operation: 'lstat',
  unit: 'us',
  count: 1,
  bytes: 0,
  minimumMs: 1,
  maximumMs: 1,
};
const write: Workload = { ...stat, name: 'sequential-write', unit: 'MB/s' };

function took(nanoseconds: number, more: Partial<Measurement> = {}): Measurement {
  return { operations: 10, bytes: 5_000_000, nanoseconds, ...more };
}

describe('a summary', () => {
  it('has microseconds per operation, and time ratios round by round', () => {
    const { arms } = summarise({
      workload: stat,
      rounds: {
        native: [took(10_000), took(40_000), took(20_000)],
        plain: [took(100_000), took(100_000), took(100_000)],
        passthrough_ll: [took(200_000), took(50_000), took(100_000)],
      },
    });
    expect(arms.plain).toEqual({
      value: { median: 10, lowest: 10, highest: 10 },
      timeBy: {
        native: { median: 5, lowest: 2.5, highest: 10 },
        passthrough_ll: { median: 1, lowest: 0.5, highest: 2 },
      },
    });
  });

  it('has megabytes per second where data is what counts, and still ratios of time', () => {
    const { arms } = summarise({
      workload: write,
      rounds: { native: [took(1_000_000)], passthrough: [took(2_000_000)] },
    });
    expect(arms.passthrough?.value.median).toBe(2500);
    expect(arms.passthrough?.timeBy).toEqual({ native: { median: 2, lowest: 2, highest: 2 } });
    expect(arms.native?.timeBy).toEqual({});
  });

  it('spreads requests and processor time over the operations of all rounds', () => {
    const { arms } = summarise({
      workload: stat,
      rounds: {
        plain: [
          took(1, { cpuMicroseconds: 0, requests: { LOOKUP: 20 } }),
          took(1, { cpuMicroseconds: 10_000, requests: { LOOKUP: 20, GETATTR: 10 } }),
        ],
      },
    });
    expect(arms.plain).toMatchObject({ requestsPerOperation: 2.5, cpuMicrosecondsPerOperation: 500 });
    expect(Object.entries(arms.plain?.opcodesPerOperation ?? {})).toEqual([
      ['LOOKUP', 2],
      ['GETATTR', 0.5],
    ]);
  });

  it('has latencies in microseconds with their spread over the rounds, and memory', () => {
    const latency = { p50: 1000, p90: 2000, p99: 3000, p999: 4000, max: 5000 };
    const { arms } = summarise({
      workload: stat,
      rounds: {
        plain: [
          took(1, { latency, memory: { residentBytes: 10, peakBytes: 90 } }),
          took(1, { latency: { ...latency, p50: 7000 }, memory: { residentBytes: 30, peakBytes: 40 } }),
          took(1, { latency, memory: { residentBytes: 20, peakBytes: 50 } }),
        ],
      },
    });
    expect(arms.plain?.latency?.p50).toEqual({ median: 1, lowest: 1, highest: 7 });
    expect(arms.plain?.latency?.p99.median).toBe(3);
    expect(arms.plain?.latency?.p999.median).toBe(4);
    expect(arms.plain?.memory).toEqual({ residentBytes: 20, peakBytes: 90 });
  });

  it('leaves out an arm without rounds', () => {
    expect(summarise({ workload: stat, rounds: { native: [] } }).arms).toEqual({});
  });
});
