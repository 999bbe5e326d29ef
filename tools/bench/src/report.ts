/** The results as text: Markdown that reads well on a terminal. */
import { ARM_NAMES } from './options.ts';
import type { ArmName } from './options.ts';
import { summarise } from './results.ts';
import type { ArmSummary, Reference, Results, WorkloadSummary } from './results.ts';
import { spread } from './statistics.ts';
import type { Spread } from './statistics.ts';
import { figure, markdownTable } from './table.ts';
import type { Column } from './table.ts';

const MIB = 1 << 20;
const GIB = 1 << 30;
const MS_DIGITS = 0;

export function report(results: Results): string {
  const summaries = results.workloads.map(summarise);
  const ran = ARM_NAMES.filter((arm) => summaries.some(({ arms }) => arms[arm] !== undefined));
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
  const ours = ran.filter((arm) => arm === 'plain' || arm === 'passthrough');
  const rivals = ran.filter((arm) => arm === 'passthrough_ll' || arm === 'passthrough_ll_checked');
  const us = 'us: microseconds per operation, less is better; MB/s: 10^6 bytes, more is better';
  return [
    `Median (lowest-highest) of the rounds. ${us}.`,
    '',
    table(summaries, [
      {
        title: 'unit',
        align: 'left',
        cell: ({ unit, operation }) => (unit === 'us' ? `us per ${operation}` : unit),
      },
      ...ran.map((arm) => right(arm, ({ arms }) => spreadText(arms[arm]?.value))),
    ]),
    '',
    ...comparison('the bare directory', 'native', [...ours, ...rivals], summaries, ran),
    ...comparison("libfuse's C example", 'passthrough_ll', ours, summaries, ran),
    ...comparison(
      "libfuse's C example with the kernel checking modes, as it does for the daemon",
      'passthrough_ll_checked',
      ours,
      summaries,
      ran,
    ),
    ...(ours.length + rivals.length === 0 ? [] : costs(summaries, ours, rivals)),
  ];
}

function comparison(
  words: string,
  reference: Reference,
  arms: readonly ArmName[],
  summaries: readonly WorkloadSummary[],
  ran: readonly ArmName[],
): string[] {
  if (arms.length === 0 || !ran.includes(reference)) return [];
  return [
    `Time for the same work as a multiple of ${words}; below 1 is faster.`,
    '',
    table(
      summaries,
      arms.map((arm) => right(arm, (summary) => spreadText(summary.arms[arm]?.timeBy[reference]))),
    ),
    '',
  ];
}

function costs(
  summaries: readonly WorkloadSummary[],
  ours: readonly ArmName[],
  rivals: readonly ArmName[],
): string[] {
  const number = (value: number | undefined): string => (value === undefined ? '' : figure(value));
  return [
    'Microseconds of processor time of the serving process per operation, all rounds together.',
    '',
    table(
      summaries,
      [...ours, ...rivals].map((arm) =>
        right(arm, ({ arms }) => number(arms[arm]?.cpuMicrosecondsPerOperation)),
      ),
    ),
    '',
    ...(ours.length === 0 ? [] : requestTable(summaries, ours)),
  ];
}

function requestTable(summaries: readonly WorkloadSummary[], ours: readonly ArmName[]): string[] {
  return [
    'Requests per operation, all rounds together.',
    '',
    table(
      summaries,
      ours.map((arm) => ({ title: arm, align: 'left', cell: ({ arms }) => requestText(arms[arm]) })),
    ),
    '',
  ];
}

/** The sum, and the opcodes that make up at least a fiftieth of it. */
function requestText(summary: ArmSummary | undefined): string {
  const sum = summary?.requestsPerOperation;
  if (sum === undefined) return '';
  const opcodes = Object.entries(summary?.opcodesPerOperation ?? {})
    .filter(([, count]) => count >= sum / 50)
    .map(([opcode, count]) => `${opcode} ${figure(count)}`);
  return `${figure(sum)}${opcodes.length === 0 ? '' : `: ${opcodes.join(', ')}`}`;
}

interface SummaryColumn extends Column {
  cell(summary: WorkloadSummary): string;
}

function right(title: string, cell: (summary: WorkloadSummary) => string): SummaryColumn {
  return { title, align: 'right', cell };
}

function table(summaries: readonly WorkloadSummary[], columns: readonly SummaryColumn[]): string {
  return markdownTable(
    [{ title: 'workload', align: 'left' }, ...columns],
    summaries.map((summary) => [summary.name, ...columns.map(({ cell }) => cell(summary))]),
  );
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
    ...(machine.build === null ? [] : [`daemon build ${machine.build}`]),
  ];
  const settings = [
    `lower trees on ${machine.lowerFileSystem} (${options.lower})`,
    `timeouts ${options.timeoutSeconds} s`,
    ...(options.workers === undefined ? [] : [`${options.workers} workers`]),
    `${options.rounds} rounds${options.quick ? ', quick' : ''}`,
    options.awake ? 'cores kept awake' : 'idle cores may sleep',
    `load ${machine.loadBefore.toFixed(2)} before, ${machine.loadAfter.toFixed(2)} after`,
  ];
  const warning = machine.buildChanged
    ? '\n\nThe daemon was rebuilt while this run started it: the figures are not of one build.'
    : '';
  return `${facts.join(', ')}\n${settings.join(', ')}${warning}`;
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
