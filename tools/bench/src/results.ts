/** What is kept of a run, and what is worked out from it. */
import type { Work } from './client.ts';
import type { Latency } from './latency.ts';
import type { Machine } from './machine.ts';
import type { ArmName, Options } from './options.ts';
import type { Cost } from './serving.ts';
import type { Startup } from './startup.ts';
import { ratioSpread, spread } from './statistics.ts';
import type { Spread } from './statistics.ts';
import type { SystemCalls } from './system-calls.ts';
import type { Workload, WorkloadName } from './workloads.ts';

const NANOSECONDS_PER_MICROSECOND = 1000;

/** One workload on one arm in one round. */
export type Measurement = Work & Cost;

export interface WorkloadResult {
  workload: Workload;
  /** Arms that could not do it. */
  failed: ArmName[];
  /** The rounds of each arm, in order. */
  rounds: Partial<Record<ArmName, Measurement[]>>;
}

export interface Failure {
  arm: ArmName;
  /** With the number of processes. */
  workload: string;
  reason: string;
}

export interface Results {
  machine: Machine;
  options: Options;
  /** Arms that were wanted and could not run, each with its reason. */
  skipped: { arm: ArmName; reason: string }[];
  /** Workloads that an arm could not do, or did wrong; it has no figures there. */
  failures: Failure[];
  /** How many were made; fewer than wanted where time ran out. */
  rounds: number;
  startup: Startup;
  workloads: WorkloadResult[];
  systemCalls: SystemCalls;
}

/** Whom the others are compared with. */
export const REFERENCES = ['native', 'passthrough_ll', 'passthrough_ll_checked'] as const;
export type Reference = (typeof REFERENCES)[number];

export interface ArmSummary {
  /** In the workload's unit. */
  value: Spread;
  /** Time for the same work, this arm's by the other's, round by round: below 1 is faster. */
  timeBy: Partial<Record<Reference, Spread>>;
  requestsPerOperation?: number;
  /** The same by opcode, the most frequent first. */
  opcodesPerOperation?: Record<string, number>;
  cpuMicrosecondsPerOperation?: number;
  /** Of single calls, microseconds; each spread over the rounds. */
  latency?: { p50: Spread; p99: Spread; p999: Spread };
  /** Of the serving process: what it held after a round, in the middle, and the most it held in any. */
  memory?: { residentBytes: number; peakBytes: number };
}

export interface WorkloadSummary {
  name: WorkloadName;
  clients: number;
  unit: Workload['unit'];
  operation: string;
  arms: Partial<Record<ArmName, ArmSummary>>;
}

export function summarise({
  workload,
  rounds,
}: Pick<WorkloadResult, 'workload' | 'rounds'>): WorkloadSummary {
  const arms: Partial<Record<ArmName, ArmSummary>> = {};
  for (const [name, measurements] of Object.entries(rounds) as [ArmName, Measurement[]][]) {
    if (measurements.length === 0) continue;
    const times = measurements.map(microsecondsPerOperation);
    const summary: ArmSummary = {
      value: spread(workload.unit === 'us' ? times : measurements.map(megabytesPerSecond)),
      timeBy: {},
    };
    for (const reference of REFERENCES) {
      const ratio = ratioSpread(times, rounds[reference]?.map(microsecondsPerOperation) ?? []);
      if (ratio !== undefined && reference !== name) summary.timeBy[reference] = ratio;
    }
    const requests = perOperation(measurements, ({ requests: counted }) =>
      counted === undefined ? undefined : Object.values(counted).reduce((sum, count) => sum + count, 0),
    );
    if (requests !== undefined) {
      summary.requestsPerOperation = requests;
      summary.opcodesPerOperation = opcodesPerOperation(measurements);
    }
    const cpu = perOperation(measurements, ({ cpuMicroseconds }) => cpuMicroseconds);
    if (cpu !== undefined) summary.cpuMicrosecondsPerOperation = cpu;
    const latencies = measurements.flatMap(({ latency }) => latency ?? []);
    if (latencies.length > 0) summary.latency = latencySpreads(latencies);
    const memories = measurements.flatMap(({ memory }) => memory ?? []);
    if (memories.length > 0)
      summary.memory = {
        residentBytes: spread(memories.map(({ residentBytes }) => residentBytes)).median,
        peakBytes: Math.max(...memories.map(({ peakBytes }) => peakBytes)),
      };
    arms[name] = summary;
  }
  const { name, clients, unit, operation } = workload;
  return { name, clients, unit, operation, arms };
}

function latencySpreads(latencies: readonly Latency[]): NonNullable<ArmSummary['latency']> {
  const of = (which: 'p50' | 'p99' | 'p999'): Spread =>
    spread(latencies.map((latency) => latency[which] / NANOSECONDS_PER_MICROSECOND));
  return { p50: of('p50'), p99: of('p99'), p999: of('p999') };
}

function microsecondsPerOperation({ nanoseconds, operations }: Measurement): number {
  return nanoseconds / NANOSECONDS_PER_MICROSECOND / operations;
}

function megabytesPerSecond({ bytes, nanoseconds }: Measurement): number {
  return (bytes * 1000) / nanoseconds;
}

function opcodesPerOperation(measurements: readonly Measurement[]): Record<string, number> {
  const opcodes = new Set(measurements.flatMap(({ requests }) => Object.keys(requests ?? {})));
  const each = [...opcodes].map((opcode): [string, number] => [
    opcode,
    perOperation(measurements, ({ requests }) =>
      requests === undefined ? undefined : (requests[opcode] ?? 0),
    ) ?? 0,
  ]);
  return Object.fromEntries(each.sort(([, a], [, b]) => b - a));
}

/** Over all rounds together: processor time comes in steps too coarse for one round. */
function perOperation(
  measurements: readonly Measurement[],
  amount: (measurement: Measurement) => number | undefined,
): number | undefined {
  let total = 0;
  let operations = 0;
  for (const measurement of measurements) {
    const value = amount(measurement);
    if (value === undefined) continue;
    total += value;
    operations += measurement.operations;
  }
  return operations === 0 ? undefined : total / operations;
}
