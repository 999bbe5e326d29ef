/** What /proc says about processes (proc(5)), and how to end those that are ours. */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename } from 'node:path';

/** /proc/PID/stat counts in USER_HZ, which is 100 on every architecture Linux shows to user space here. */
const MICROSECONDS_PER_TICK = 10_000;
const KIB = 1024;

export interface ProcessStat {
  parent: number;
  /** User and system time of all threads, ended ones too; microseconds in steps of 10,000. */
  cpuMicroseconds: number;
  /** Ticks since boot; with the pid it names one process for good. */
  startedAt: number;
}

export interface ProcessMemory {
  pid: number;
  command: string;
  residentBytes: number;
  /** Shared pages divided among those who share them. */
  proportionalBytes: number;
}

/** The fields after the command, which may hold spaces and parentheses itself. */
export function parseProcessStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  const field = (number: number): number => Number(fields[number - 3]);
  return {
    parent: field(4),
    cpuMicroseconds: (field(14) + field(15)) * MICROSECONDS_PER_TICK,
    startedAt: field(22),
  };
}

/** Undefined when there is no such process (any more). */
export function processStat(pid: number): ProcessStat | undefined {
  try {
    return parseProcessStat(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** Resident and proportional size. Throws when the process is gone. */
export function processMemory(pid: number): ProcessMemory {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(rollup)?.[1] ?? 0);
  return {
    pid,
    command: programName(readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0')),
    residentBytes: kib('Rss') * KIB,
    proportionalBytes: kib('Pss') * KIB,
  };
}

export interface PeakMemory {
  /** VmRSS. */
  residentBytes: number;
  /** VmHWM: the most that was resident since {@link resetPeakMemory}. */
  peakBytes: number;
}

/** Undefined when there is no such process (any more). */
export function peakMemory(pid: number): PeakMemory | undefined {
  try {
    return parsePeakMemory(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return undefined;
  }
}

/** /proc/PID/status; a process that is ending has no such lines. */
export function parsePeakMemory(status: string): PeakMemory | undefined {
  const bytes = (name: string): number | undefined => {
    const [, kib] = new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status) ?? [];
    return kib === undefined ? undefined : Number(kib) * KIB;
  };
  const residentBytes = bytes('VmRSS');
  const peakBytes = bytes('VmHWM');
  return residentBytes === undefined || peakBytes === undefined ? undefined : { residentBytes, peakBytes };
}

/** Lets VmHWM begin anew from what is resident now (proc_pid_clear_refs(5)). */
export function resetPeakMemory(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/clear_refs`, '5');
  } catch {
    // The process is gone; whoever measures it will see.
  }
}

/** The script, where an interpreter runs one. */
function programName([program = '', script = '']: readonly string[]): string {
  return basename(basename(program) === 'node' ? script : program);
}

export interface ProcessIdentity {
  pid: number;
  startedAt: number;
}

/** All children of a process, and theirs. */
export function descendants(root: number): ProcessIdentity[] {
  const children = new Map<number, ProcessIdentity[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    const pid = Number(entry);
    const stat = processStat(pid);
    if (stat === undefined) continue;
    const siblings = children.get(stat.parent) ?? [];
    siblings.push({ pid, startedAt: stat.startedAt });
    children.set(stat.parent, siblings);
  }
  const found: ProcessIdentity[] = [];
  const below = (pid: number): void => {
    for (const child of children.get(pid) ?? []) {
      found.push(child);
      below(child.pid);
    }
  };
  below(root);
  return found;
}

/** Ends those that still run; a pid that has meanwhile become another process is left alone. */
export function endRemaining(processes: readonly ProcessIdentity[]): void {
  for (const { pid, startedAt } of processes) {
    if (processStat(pid)?.startedAt !== startedAt) continue;
    try {
      process.kill(pid, 'SIGKILL');
    } catch {
      // It ended by itself in between.
    }
  }
}
