/** What a run was, in words: for the text and for the page alike. */
import type { Results } from './results.ts';
import { spread } from './statistics.ts';

const MIB = 1 << 20;
const GIB = 1 << 30;

/** The machine, and how it was measured. */
export function runFacts({ machine, options, rounds }: Results): { machine: string; settings: string } {
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
    `${rounds} rounds${options.quick ? ', quick' : ''}`,
    options.awake ? 'cores kept awake' : 'idle cores may sleep',
    `load ${machine.loadBefore.toFixed(2)} before, ${machine.loadAfter.toFixed(2)} after`,
  ];
  return { machine: facts.join(', '), settings: settings.join(', ') };
}

/** What spoils a run or is missing from it. */
export function runWarnings({ machine, options, rounds, skipped, failures, systemCalls }: Results): string[] {
  return [
    ...(machine.buildChanged
      ? ['The daemon was rebuilt while this run started it: the figures are not of one build.']
      : []),
    ...(rounds < options.rounds
      ? [`Time (--minutes ${options.minutes}) was up after ${rounds} of ${options.rounds} rounds.`]
      : []),
    ...skipped.map(({ arm, reason }) => `Left out: ${arm}: ${reason}`),
    ...failures.map(({ arm, workload, reason }) => `Failed: ${arm}, ${workload}: ${reason}`),
    ...(systemCalls.missing === undefined ? [] : [`Left out: system calls: ${systemCalls.missing}`]),
  ];
}

/** Start and idle memory of the daemon; nothing where it was not started. */
export function startupFacts({ startup }: Results): string[] {
  if (startup.readyMs.length === 0) return [];
  const { median, lowest, highest } = spread(startup.readyMs);
  const sum = (of: 'residentBytes' | 'proportionalBytes'): number =>
    startup.idle.reduce((total, process) => total + process[of], 0);
  const each = startup.idle.map(
    ({ command, residentBytes, proportionalBytes }) =>
      `${command} ${mebibytes(residentBytes)} / ${mebibytes(proportionalBytes)}`,
  );
  const ms = (value: number): string => value.toFixed(0);
  return [
    `Start to ready: ${ms(median)} ms (${ms(lowest)}-${ms(highest)}, ${startup.readyMs.length} starts)`,
    `Idle memory, RSS / PSS in MiB: ${mebibytes(sum('residentBytes'))} / ${mebibytes(sum('proportionalBytes'))} (${each.join(', ')})`,
  ];
}

export function mebibytes(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
