/** Results of a small run, as the tests of the reports need them. */
import { parseOptions } from './options.ts';
import type { Results } from './results.ts';

const MIB = 1 << 20;

export function smallResults(): Results {
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
    failures: [],
    rounds: options.rounds,
    systemCalls: {
      counts: [
        {
          workload: 'stat',
          arm: 'plain',
          operations: 10,
          requests: 20,
          calls: { read: 20, statx: 50, ioctl: 1 },
        },
      ],
    },
    startup: {
      readyMs: [400, 300, 500],
      idle: [
        { pid: 1, command: 'sluiced', residentBytes: 60 * MIB, proportionalBytes: 40 * MIB },
        { pid: 2, command: 'volume', residentBytes: 50 * MIB, proportionalBytes: 30 * MIB },
      ],
    },
    workloads: [
      {
        workload: {
          name: 'stat',
          clients: 1,
          operation: 'lstat',
          unit: 'us',
          count: 1,
          bytes: 0,
          minimumMs: 1,
          maximumMs: 1,
        },
        failed: [],
        rounds: {
          native: [{ operations: 1000, bytes: 0, nanoseconds: 2_000_000 }],
          plain: [
            {
              operations: 1000,
              bytes: 0,
              nanoseconds: 80_000_000,
              cpuMicroseconds: 50_000,
              requests: { LOOKUP: 2000 },
              latency: { p50: 75_000, p90: 80_000, p99: 91_000, p999: 92_000, max: 93_000 },
              memory: { residentBytes: 70 * MIB, peakBytes: 77 * MIB },
            },
          ],
          passthrough_ll: [{ operations: 1000, bytes: 0, nanoseconds: 160_000_000, cpuMicroseconds: 60_000 }],
        },
      },
    ],
  };
}
