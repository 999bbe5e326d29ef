/** What a reader must know about the machine to judge the figures. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { arch, cpus, loadavg, release, totalmem } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fileSystemType } from './mounts.ts';

/** Both src/ and dist/ lie three folders below the repository's root. */
const DAEMON_PROGRAMS = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..', 'apps/sluiced/dist');

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
  /** What is checked out. The programs may be older or newer than that; see `build`. */
  commit: string | null;
  /** Start of the SHA-256 of the daemon's programs; null where they are not built. */
  build: string | null;
  /** The programs were replaced between the first start and the last: what was measured is not one daemon. */
  buildChanged: boolean;
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
    build: daemonBuild(),
    buildChanged: false,
    loadBefore: load,
    loadAfter: load,
  };
}

/** Tells one build of the daemon from another. */
export function daemonBuild(directory = DAEMON_PROGRAMS): string | null {
  try {
    const hash = createHash('sha256');
    for (const name of readdirSync(directory).sort()) hash.update(readFileSync(join(directory, name)));
    return hash.digest('hex').slice(0, 12);
  } catch {
    return null;
  }
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
