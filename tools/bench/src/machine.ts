/** What a reader must know about the machine to judge the figures. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { fileSystemType } from './mounts.ts';

export interface Machine {
  date: string;
  kernel: string;
  architecture: string;
  processor: string;
  cores: number;
  /** The frequency governor of the first core; null where there is none, as in most virtual machines. */
  governor: string | null;
  memoryBytes: number;
  lowerFileSystem: string;
  node: string;
  /** The commit of the tree the daemon was built from, as far as git knows. */
  commit: string | null;
  /** Load of the last minute, before and after. */
  loadBefore: number;
  loadAfter: number;
}

export function describeMachine(date: string, lower: string): Machine {
  const load = loadavg()[0] ?? 0;
  return {
    date,
    kernel: release(),
    architecture: arch(),
    processor: cpus()[0]?.model ?? 'unknown',
    cores: cpus().length,
    governor: textOf('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor'),
    memoryBytes: totalmem(),
    lowerFileSystem: fileSystemType(lower),
    node: process.version,
    commit: commit(),
    loadBefore: load,
    loadAfter: load,
  };
}

export function currentLoad(): number {
  return loadavg()[0] ?? 0;
}

function textOf(path: string): string | null {
  try {
    return readFileSync(path, 'utf8').trim();
  } catch {
    return null;
  }
}

function commit(): string | null {
  try {
    return execFileSync('git', ['rev-parse', '--short', 'HEAD'], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    }).trim();
  } catch {
    return null;
  }
}
