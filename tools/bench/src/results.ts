/** What is kept of a run, and what is worked out from it. */
import type { Machine } from './machine.ts';
import type { ArmName, Options } from './options.ts';
import type { Startup } from './startup.ts';
import { ratioSpread, spread } from './statistics.ts';
import type { Spread } from './statistics.ts';
import type { Workload, WorkloadName } from './workloads.ts';

/** One workload on one arm in one round. */
export interface Measurement {
  operations: number;
  bytes: number;
  nanoseconds: number;
  /** Time of the process that serves, all threads; absent for the native arm. */
  cpuMicroseconds?: number;
  /** Requests by opcode, where the server counts them. */
  requests?: Record<string, number>;
}

export interface WorkloadResult {
  workload: Workload;
  /** The rounds of each arm, in order. */
  rounds: Partial<Record<ArmName, Measurement[]>>;
}

export interface Results {
  machine: Machine;
  options: Options;
  /** Arms that were wanted and could not run, each with its reason. */
  skipped: { arm: ArmName; reason: string }[];
  startup: Startup;
  workloads: WorkloadResult[];
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
}

export interface WorkloadSummary {
  name: WorkloadName;
  unit: Workload['unit'];
  operation: string;
  arms: Partial<Record<ArmName, ArmSummary>>;
}

/** Opcodes of one measurement: the difference of two countings, without what did not change. */
export function requestsBetween(
  before: Record<string, number>,
  after: Record<string, number>,
): Record<string, number> {
  const changed: Record<string, number> = {};
  for (const [opcode, count] of Object.entries(after)) {
    const more = count - (before[opcode] ?? 0);
    if (more !== 0) changed[opcode] = more;
  }
  return changed;
}

export function summarise({ workload, rounds }: WorkloadResult): WorkloadSummary {
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
    arms[name] = summary;
  }
  return { name: workload.name, unit: workload.unit, operation: workload.operation, arms };
}

function microsecondsPerOperation({ nanoseconds, operations }: Measurement): number {
  return nanoseconds / 1000 / operations;
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
