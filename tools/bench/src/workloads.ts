/**
 * The workloads, and how much of each. What they do is in `native/client.c`; the sizes are here. Small files and
 * directories are walked through once before the clock starts; the files of the sequential and random workloads are
 * new to the mount each time, so that no rival is measured against the page cache of an earlier round.
 */

export const WORKLOAD_NAMES = [
  'sequential-write',
  'sequential-read',
  'random-read',
  'random-write',
  'stat',
  'open-read-close',
  'create-write',
  'unlink',
  'readdir',
  'walk',
] as const;

export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

export interface Workload {
  name: WorkloadName;
  /** What one operation is. */
  operation: string;
  /** `MB/s` (10^6 bytes) of data moved, or microseconds per operation. */
  unit: 'MB/s' | 'us';
  /** Files, or pages of the one file, or entries. */
  count: number;
  /** Bytes of each file. */
  bytes: number;
  /** A workload that leaves things as they are is repeated for at least so long. */
  minimumMs: number;
}

const MIB = 1 << 20;
const PAGE = 4096;
const SMALL_FILES = 3000;

const FULL: Record<WorkloadName, Omit<Workload, 'name' | 'minimumMs'>> = {
  'sequential-write': { operation: 'write of 1 MiB', unit: 'MB/s', count: 4, bytes: 128 * MIB },
  'sequential-read': { operation: 'read of 1 MiB', unit: 'MB/s', count: 4, bytes: 128 * MIB },
  'random-read': { operation: 'read of 4 KiB', unit: 'us', count: 20_000, bytes: 256 * MIB },
  'random-write': { operation: 'write of 4 KiB', unit: 'us', count: 20_000, bytes: 256 * MIB },
  stat: { operation: 'lstat', unit: 'us', count: SMALL_FILES, bytes: PAGE },
  'open-read-close': { operation: 'file of 4 KiB', unit: 'us', count: SMALL_FILES, bytes: PAGE },
  'create-write': { operation: 'file of 4 KiB', unit: 'us', count: SMALL_FILES, bytes: PAGE },
  unlink: { operation: 'file', unit: 'us', count: SMALL_FILES, bytes: PAGE },
  readdir: { operation: 'entry', unit: 'us', count: 10_000, bytes: 0 },
  walk: { operation: 'entry', unit: 'us', count: SMALL_FILES, bytes: 0 },
};

const FULL_MINIMUM_MS = 300;
const QUICK_MINIMUM_MS = 50;
const QUICK_DIVISOR = 8;

/** In the order of the table; `quick` is an eighth of everything, enough to see that all works. */
export function workloads(only: readonly WorkloadName[], quick: boolean): Workload[] {
  const divisor = quick ? QUICK_DIVISOR : 1;
  return WORKLOAD_NAMES.filter((name) => only.includes(name)).map((name) => {
    const full = FULL[name];
    const scalesByFile = full.unit === 'MB/s';
    return {
      ...full,
      name,
      count: scalesByFile ? full.count : full.count / divisor,
      bytes: scalesByFile ? full.bytes / divisor : full.bytes,
      minimumMs: quick ? QUICK_MINIMUM_MS : FULL_MINIMUM_MS,
    };
  });
}
