/** The results as text: Markdown that reads well on a terminal. */
import type { ArmName } from './options.ts';
import { summarise } from './results.ts';
import type { Results, WorkloadSummary } from './results.ts';
import { spread } from './statistics.ts';
import type { Spread } from './statistics.ts';
import { figure, markdownTable } from './table.ts';
import type { Column } from './table.ts';

const MIB = 1 << 20;
const GIB = 1 << 30;
const MS_DIGITS = 0;

export function report(results: Results): string {
  const summaries = results.workloads.map(summarise);
  const ran = (['native', 'plain', 'passthrough', 'passthrough_ll'] as const).filter((arm) =>
    summaries.some(({ arms }) => arms[arm] !== undefined),
  );
  return [
    machineLines(results),
    '',
    ...(summaries.length === 0 ? [] : tables(summaries, ran)),
    startupLines(results),
    ...results.skipped.map(({ arm, reason }) => `\nLeft out: ${arm}: ${reason}`),
    '',
  ].join('\n');
}

function tables(summaries: readonly WorkloadSummary[], ran: readonly ArmName[]): string[] {
  return [
    'Median (lowest-highest) of the rounds; us: microseconds per operation, less is better; MB/s: more is better.',
    '',
    table(
      'unit',
      summaries,
      ran,
      ({ unit, operation }) => (unit === 'us' ? `us per ${operation}` : unit),
      (summary, arm) => spreadText(summary.arms[arm]?.value),
    ),
    '',
    'Time for the same work, as a multiple of the bare directory; below 1 is faster.',
    '',
    table(
      'time by native',
      summaries,
      ran.filter((arm) => arm !== 'native'),
      undefined,
      (summary, arm) => spreadText(summary.arms[arm]?.timeToNative),
    ),
    '',
    ...(ran.includes('passthrough_ll')
      ? [
          "Time for the same work, as a multiple of libfuse's C example; below 1 is faster.",
          '',
          table(
            '',
            summaries,
            ran.filter((arm) => arm === 'plain' || arm === 'passthrough'),
            undefined,
            (summary, arm) => spreadText(summary.arms[arm]?.timeToPassthroughLl),
          ),
          '',
        ]
      : []),
    'Requests and microseconds of processor time of the serving process, per operation, all rounds together.',
    '',
    costTable(summaries, ran),
    '',
  ];
}

function table(
  second: string,
  summaries: readonly WorkloadSummary[],
  arms: readonly ArmName[],
  describe: ((summary: WorkloadSummary) => string) | undefined,
  cell: (summary: WorkloadSummary, arm: ArmName) => string,
): string {
  const columns: Column[] = [
    { title: 'workload', align: 'left' },
    ...(describe === undefined ? [] : [{ title: second, align: 'left' } as const]),
    ...arms.map((title) => ({ title, align: 'right' }) as const),
  ];
  const rows = summaries.map((summary) => [
    summary.name,
    ...(describe === undefined ? [] : [describe(summary)]),
    ...arms.map((arm) => cell(summary, arm)),
  ]);
  return markdownTable(columns, rows);
}

function costTable(summaries: readonly WorkloadSummary[], ran: readonly ArmName[]): string {
  const counting = ran.filter((arm) =>
    summaries.some(({ arms }) => arms[arm]?.requestsPerOperation !== undefined),
  );
  const serving = ran.filter((arm) =>
    summaries.some(({ arms }) => arms[arm]?.cpuMicrosecondsPerOperation !== undefined),
  );
  const number = (value: number | undefined): string => (value === undefined ? '' : figure(value));
  const columns: Column[] = [
    { title: 'workload', align: 'left' },
    ...counting.map((arm) => ({ title: `requests, ${arm}`, align: 'right' }) as const),
    ...serving.map((arm) => ({ title: `cpu us, ${arm}`, align: 'right' }) as const),
  ];
  const rows = summaries.map((summary) => [
    summary.name,
    ...counting.map((arm) => number(summary.arms[arm]?.requestsPerOperation)),
    ...serving.map((arm) => number(summary.arms[arm]?.cpuMicrosecondsPerOperation)),
  ]);
  return markdownTable(columns, rows);
}

function spreadText(value: Spread | undefined): string {
  if (value === undefined) return '';
  const { median, lowest, highest } = value;
  return `${figure(median)} (${figure(lowest)}-${figure(highest)})`;
}

function machineLines({ machine, options }: Results): string {
  const facts = [
    machine.date,
    `kernel ${machine.kernel} ${machine.architecture}`,
    `${machine.cores} x ${machine.processor}`,
    `governor ${machine.governor ?? 'none'}`,
    `${(machine.memoryBytes / GIB).toFixed(0)} GiB`,
    `Node ${machine.node}`,
    ...(machine.commit === null ? [] : [`commit ${machine.commit}`]),
  ];
  const settings = [
    `lower trees on ${machine.lowerFileSystem} (${options.lower})`,
    `timeouts ${options.timeoutSeconds} s`,
    `${options.rounds} rounds${options.quick ? ', quick' : ''}`,
    options.awake ? 'cores kept awake' : 'idle cores may sleep',
    `load ${machine.loadBefore.toFixed(2)} before, ${machine.loadAfter.toFixed(2)} after`,
  ];
  return `${facts.join(', ')}\n${settings.join(', ')}`;
}

function startupLines({ startup }: Results): string {
  if (startup.readyMs.length === 0) return '';
  const { median, lowest, highest } = spread(startup.readyMs);
  const ms = (value: number): string => value.toFixed(MS_DIGITS);
  const mib = (value: number): string => (value / MIB).toFixed(1);
  const sum = (of: 'residentBytes' | 'proportionalBytes'): number =>
    startup.idle.reduce((total, process) => total + process[of], 0);
  const each = startup.idle.map(
    ({ command, residentBytes, proportionalBytes }) =>
      `${command} ${mib(residentBytes)} / ${mib(proportionalBytes)}`,
  );
  return [
    `Start to ready: ${ms(median)} ms (${ms(lowest)}-${ms(highest)}, ${startup.readyMs.length} starts)`,
    `Idle memory, RSS / PSS in MiB: ${mib(sum('residentBytes'))} / ${mib(sum('proportionalBytes'))} (${each.join(', ')})`,
  ].join('\n');
}
