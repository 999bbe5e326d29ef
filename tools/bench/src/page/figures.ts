/** Which plots there are, made from the summaries. */
import { summarise } from '../results.ts';
import type { ArmSummary, Results, WorkloadSummary } from '../results.ts';
import { ARM_NAMES } from '../options.ts';
import type { ArmName } from '../options.ts';
import { COMPARISONS, armsOf } from '../views.ts';
import { workloadLabel } from '../workloads.ts';
import { barPlot } from './bar-plot.ts';
import type { BarRow } from './bar-plot.ts';
import { intervalPlot } from './interval-plot.ts';
import type { IntervalGroup, Mark } from './interval-plot.ts';
import { armClass } from './style.ts';

const MIB = 1 << 20;

/** The numbers of processes of one workload together. */
export interface Subject {
  name: string;
  operation: string;
  summaries: WorkloadSummary[];
}

export function subjects(results: Results): Subject[] {
  const found = new Map<string, Subject>();
  for (const summary of results.workloads.map(summarise)) {
    const { name, operation } = summary;
    const subject = found.get(name) ?? { name, operation, summaries: [] };
    subject.summaries.push(summary);
    found.set(name, subject);
  }
  return [...found.values()].filter(({ summaries }) => armsOf(summaries).length > 0);
}

/** Time as a multiple of each reference that ran, beside each other. Empty when none did. */
export function ratioPlot({ name, summaries }: Subject): string {
  const ran = armsOf(summaries);
  const shown = COMPARISONS.filter(({ reference, arms }) => ran.includes(reference) && arms(ran).length > 0);
  if (shown.length === 0) return '';
  const panels = shown.map(({ reference }) => ({ title: `time / ${reference}`, line: 1 }));
  return intervalPlot(
    `${name}: time as a multiple of ${shown.map(({ reference }) => reference).join(', ')}`,
    panels,
    groups(summaries, (summary, arm) =>
      shown.map(({ reference, arms }) => {
        const ratio = arms(ran).includes(arm) ? summary.timeBy[reference] : undefined;
        return ratio === undefined
          ? undefined
          : { lowest: ratio.lowest, middle: ratio.median, highest: ratio.highest };
      }),
    ),
  );
}

/** Empty where no call was timed. */
export function latencyPlot({ name, summaries }: Subject): string {
  if (!summaries.some(({ arms }) => Object.values(arms).some(({ latency }) => latency))) return '';
  return intervalPlot(
    `${name}: latency`,
    [{ title: 'microseconds of a call: ● 50th, ○ 99th, line to the 99.9th percentile' }],
    groups(summaries, ({ latency }) =>
      latency === undefined
        ? [undefined]
        : [
            {
              lowest: latency.p50.median,
              middle: latency.p50.median,
              highest: Math.max(latency.p99.median, latency.p999.median),
              second: latency.p99.median,
            },
          ],
    ),
  );
}

function groups(
  summaries: readonly WorkloadSummary[],
  marks: (summary: ArmSummary, arm: ArmName) => (Mark | undefined)[],
): IntervalGroup[] {
  return summaries.map(({ clients, arms }) => ({
    ...(summaries.length === 1 ? {} : { title: clients === 1 ? '1 process' : `${clients} processes` }),
    rows: ARM_NAMES.flatMap((arm) => {
      const summary = arms[arm];
      const made = summary === undefined ? [] : marks(summary, arm);
      return made.every((mark) => mark === undefined)
        ? []
        : [{ label: arm, className: armClass(arm), marks: made }];
    }),
  }));
}

/** Of one process: several send the same ones. */
export function requestPlot(all: readonly Subject[]): string {
  const rows = all.flatMap(({ summaries: [summary] }) => {
    if (summary === undefined) return [];
    return ARM_NAMES.flatMap((arm): BarRow[] => {
      const opcodes = summary.arms[arm]?.opcodesPerOperation;
      if (opcodes === undefined) return [];
      const parts = Object.entries(opcodes).map(([name, value]) => ({ name, value }));
      return [{ label: `${workloadLabel(summary)}, ${arm}`, parts }];
    });
  });
  return rows.length === 0 ? '' : barPlot('Requests per operation', rows);
}

/** The most that each serving process held in any measurement. */
export function memoryPlot(all: readonly Subject[]): string {
  const summaries = all.flatMap((subject) => subject.summaries);
  const rows = ARM_NAMES.flatMap((arm): BarRow[] => {
    const peaks = summaries.flatMap(({ arms }) => arms[arm]?.memory?.peakBytes ?? []);
    return peaks.length === 0
      ? []
      : [{ label: arm, parts: [{ name: 'MiB', value: Math.max(...peaks) / MIB }] }];
  });
  return rows.length === 0 ? '' : barPlot('Most resident memory in MiB', rows);
}

export function systemCallPlot({ systemCalls: { counts } }: Results): string {
  const rows = counts.map(({ workload, arm, requests, calls }) => ({
    label: `${workload}, ${arm}`,
    parts: Object.entries(calls).map(([name, count]) => ({ name, value: count / requests })),
  }));
  return rows.length === 0 ? '' : barPlot('System calls per request', rows);
}
