/**
 * What is shown, whatever it is shown as: each view is a heading, words, and a table of cells. The text report prints
 * them as Markdown, the page as HTML beneath its plots.
 */
import { ARM_NAMES, OUR_ARMS } from './options.ts';
import type { ArmName } from './options.ts';
import type { ArmSummary, Reference, WorkloadSummary } from './results.ts';
import { mebibytes } from './run-facts.ts';
import type { Spread } from './statistics.ts';
import type { SystemCalls } from './system-calls.ts';
import { figure } from './table.ts';
import type { Column } from './table.ts';
import { workloadLabel } from './workloads.ts';

export interface View {
  /** Names the view, for links. */
  id: string;
  words: string;
  columns: Column[];
  rows: string[][];
}

/** The arms that ran, in the order of the command line's help. */
export function armsOf(summaries: readonly WorkloadSummary[]): ArmName[] {
  return ARM_NAMES.filter((arm) => summaries.some(({ arms }) => arms[arm] !== undefined));
}

export function isOurs(arm: ArmName): boolean {
  return (OUR_ARMS as readonly ArmName[]).includes(arm);
}

/** Whom a reference is the measure of, and how it is called. */
export const COMPARISONS: readonly {
  reference: Reference;
  words: string;
  arms(ran: readonly ArmName[]): ArmName[];
}[] = [
  {
    reference: 'native',
    words: 'the bare directory',
    arms: (ran) => ran.filter((arm) => arm !== 'native'),
  },
  {
    reference: 'passthrough_ll',
    words: "libfuse's C example",
    arms: (ran) => ran.filter((arm) => isOurs(arm) || arm === 'fuse-native'),
  },
  {
    reference: 'passthrough_ll_checked',
    words: "libfuse's C example with the kernel checking modes, as it does for the daemon",
    arms: (ran) => ran.filter((arm) => isOurs(arm) || arm === 'fuse-native'),
  },
];

export function valueView(summaries: readonly WorkloadSummary[]): View {
  const units = 'us: microseconds per operation, less is better; MB/s: 10^6 bytes, more is better';
  return {
    id: 'values',
    words: `Median (lowest-highest) of the rounds. ${units}. With several processes (x4): wall time by all their operations.`,
    ...table(summaries, [
      {
        title: 'unit',
        align: 'left',
        cell: ({ unit, operation }) => (unit === 'us' ? `us per ${operation}` : unit),
      },
      ...armsOf(summaries).map((arm) => right(arm, ({ arms }) => spreadText(arms[arm]?.value))),
    ]),
  };
}

export function comparisonViews(summaries: readonly WorkloadSummary[]): View[] {
  const ran = armsOf(summaries);
  return COMPARISONS.flatMap(({ reference, words, arms }) => {
    const compared = arms(ran);
    if (compared.length === 0 || !ran.includes(reference)) return [];
    return {
      id: `by-${reference}`,
      words: `Time for the same work as a multiple of ${words}; below 1 is faster.`,
      ...table(
        summaries,
        compared.map((arm) => right(arm, (summary) => spreadText(summary.arms[arm]?.timeBy[reference]))),
      ),
    };
  });
}

export function latencyView(summaries: readonly WorkloadSummary[]): View | undefined {
  const timed = summaries.filter(({ arms }) => Object.values(arms).some(({ latency }) => latency));
  if (timed.length === 0) return undefined;
  const cell = (latency: ArmSummary['latency']): string =>
    latency === undefined ? '' : `${figure(latency.p50.median)} / ${figure(latency.p99.median)}`;
  return {
    id: 'latency',
    words:
      'Latency of single calls in microseconds, 50th / 99th percentile; medians of the rounds. For readdir a call is one getdents64 of many entries.',
    ...table(
      timed,
      armsOf(timed).map((arm) => right(arm, ({ arms }) => cell(arms[arm]?.latency))),
    ),
  };
}

export function processorView(summaries: readonly WorkloadSummary[]): View | undefined {
  const arms = served(summaries, ({ cpuMicrosecondsPerOperation }) => cpuMicrosecondsPerOperation);
  if (arms.length === 0) return undefined;
  return {
    id: 'processor',
    words: 'Microseconds of processor time of the serving process per operation, all rounds together.',
    ...table(
      summaries,
      arms.map((arm) =>
        right(arm, (summary) => optional(summary.arms[arm]?.cpuMicrosecondsPerOperation, figure)),
      ),
    ),
  };
}

export function requestView(summaries: readonly WorkloadSummary[]): View | undefined {
  const arms = served(summaries, ({ requestsPerOperation }) => requestsPerOperation);
  if (arms.length === 0) return undefined;
  return {
    id: 'requests',
    words: 'Requests per operation, all rounds together.',
    ...table(
      summaries,
      arms.map((arm) => ({ title: arm, align: 'left', cell: (summary) => requestText(summary.arms[arm]) })),
    ),
  };
}

export function memoryView(summaries: readonly WorkloadSummary[]): View | undefined {
  const arms = served(summaries, ({ memory }) => memory?.residentBytes);
  if (arms.length === 0) return undefined;
  const cell = (memory: ArmSummary['memory']): string =>
    memory === undefined ? '' : `${mebibytes(memory.residentBytes)} / ${mebibytes(memory.peakBytes)}`;
  return {
    id: 'memory',
    words:
      'Resident memory of the serving process in MiB: after a measurement (VmRSS, median of the rounds) / the most during any (VmHWM). Ours is the volume server; the supervisor comes on top of it.',
    ...table(
      summaries,
      arms.map((arm) => right(arm, (summary) => cell(summary.arms[arm]?.memory))),
    ),
  };
}

export function systemCallView({ counts }: SystemCalls): View | undefined {
  if (counts.length === 0) return undefined;
  const columns: Column[] = [
    { title: 'workload', align: 'left' },
    { title: 'arm', align: 'left' },
    { title: 'requests per op', align: 'right' },
    { title: 'calls per request', align: 'right' },
    { title: 'by name', align: 'left' },
  ];
  const rows = counts.map(({ workload, arm, operations, requests, calls }) => {
    const sum = Object.values(calls).reduce((total, count) => total + count, 0);
    const each = Object.entries(calls).map(([name, count]): [string, number] => [name, count / requests]);
    return [
      workload,
      arm,
      figure(requests / operations),
      figure(sum / requests),
      shares(each, sum / requests),
    ];
  });
  return {
    id: 'system-calls',
    words:
      'System calls of the volume server per request, counted by strace outside of the timed rounds. Being traced makes it slow, which adds futex and ppoll.',
    columns,
    rows,
  };
}

function served(
  summaries: readonly WorkloadSummary[],
  of: (summary: ArmSummary) => number | undefined,
): ArmName[] {
  return armsOf(summaries).filter((arm) =>
    summaries.some(({ arms }) => {
      const summary = arms[arm];
      return summary !== undefined && of(summary) !== undefined;
    }),
  );
}

function requestText(summary: ArmSummary | undefined): string {
  const sum = summary?.requestsPerOperation;
  if (sum === undefined) return '';
  const parts = shares(Object.entries(summary?.opcodesPerOperation ?? {}), sum);
  return `${figure(sum)}${parts === '' ? '' : `: ${parts}`}`;
}

/** Those that make up at least a fiftieth of the sum, the largest first. */
function shares(parts: readonly [string, number][], sum: number): string {
  return parts
    .filter(([, count]) => count >= sum / 50)
    .toSorted(([, a], [, b]) => b - a)
    .map(([name, count]) => `${name} ${figure(count)}`)
    .join(', ');
}

export function spreadText(value: Spread | undefined): string {
  if (value === undefined) return '';
  const { median, lowest, highest } = value;
  return `${figure(median)} (${figure(lowest)}-${figure(highest)})`;
}

function optional(value: number | undefined, text: (value: number) => string): string {
  return value === undefined ? '' : text(value);
}

interface SummaryColumn extends Column {
  cell(summary: WorkloadSummary): string;
}

function right(title: string, cell: (summary: WorkloadSummary) => string): SummaryColumn {
  return { title, align: 'right', cell };
}

function table(
  summaries: readonly WorkloadSummary[],
  columns: readonly SummaryColumn[],
): Pick<View, 'columns' | 'rows'> {
  return {
    columns: [{ title: 'workload', align: 'left' }, ...columns],
    rows: summaries.map((summary) => [workloadLabel(summary), ...columns.map(({ cell }) => cell(summary))]),
  };
}
