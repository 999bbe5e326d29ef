/**
 * The workloads, and how much of each. What they do is in `native/`, one file for each subject; the sizes are here.
 * Small files and directories are walked through once before the clock starts; the files of the sequential, random and
 * mapped workloads are new to the mount each time, so that no rival is measured against the page cache of an earlier
 * round.
 */

export const WORKLOAD_NAMES = [
  'sequential-write',
  'sequential-read',
  'random-read',
  'random-write',
  'mmap-read',
  'stat',
  'walk',
  'open-read-close',
  'write-close',
  'create',
  'create-write',
  'rename',
  'unlink',
  'readdir-10k',
  'readdir-100k',
  'untar',
  'build-mix-cold',
  'build-mix-warm',
] as const;

export type WorkloadName = (typeof WORKLOAD_NAMES)[number];

/** The client divides its files into 16 parts, which must fall evenly to the processes. */
export const CLIENT_NUMBERS = [1, 2, 4, 8, 16] as const;

export interface Workload {
  name: WorkloadName;
  /** Processes that share the work. */
  clients: number;
  /** What one operation is. */
  operation: string;
  /** `MB/s` (10^6 bytes) of data moved, or microseconds per operation. */
  unit: 'MB/s' | 'us';
  /** Files, or pages, or entries; of all processes together. */
  count: number;
  /** Bytes of each file; with pages, of all files together. */
  bytes: number;
  /** A workload that leaves things as they are is repeated for at least so long. */
  minimumMs: number;
  /** Then it stops, wherever it stands, unless only the whole makes sense. */
  maximumMs: number;
}

/** The name, and the number of processes where there are several. */
export function workloadLabel({ name, clients }: { name: WorkloadName; clients: number }): string {
  return clients === 1 ? name : `${name} x${clients}`;
}

type Size = Pick<Workload, 'operation' | 'unit' | 'count' | 'bytes'> & {
  /** Several processes make sense: each has files and directories of its own. */
  shared?: true;
  /** What it costs in all is what counts; it has more time. */
  whole?: true;
};

const MIB = 1 << 20;
const PAGE = 4096;
const SMALL_FILES = 1600;
const PAGES = 20_000;
const MIX_FILES = 20_000;

const FULL: Record<WorkloadName, Size> = {
  'sequential-write': { operation: 'write of 1 MiB', unit: 'MB/s', count: 4, bytes: 64 * MIB },
  'sequential-read': { operation: 'read of 1 MiB', unit: 'MB/s', count: 4, bytes: 64 * MIB },
  'random-read': { operation: 'read of 4 KiB', unit: 'us', count: PAGES, bytes: 128 * MIB, shared: true },
  'random-write': { operation: 'write of 4 KiB', unit: 'us', count: PAGES, bytes: 128 * MIB, shared: true },
  'mmap-read': { operation: 'touch of a page', unit: 'us', count: PAGES, bytes: 128 * MIB },
  stat: { operation: 'lstat', unit: 'us', count: SMALL_FILES, bytes: PAGE, shared: true },
  walk: { operation: 'entry', unit: 'us', count: SMALL_FILES, bytes: 0, shared: true },
  'open-read-close': {
    operation: 'file of 4 KiB',
    unit: 'us',
    count: SMALL_FILES,
    bytes: PAGE,
    shared: true,
  },
  'write-close': { operation: 'file of 4 KiB', unit: 'us', count: SMALL_FILES, bytes: PAGE, shared: true },
  create: { operation: 'empty file', unit: 'us', count: SMALL_FILES, bytes: 0, shared: true },
  'create-write': { operation: 'file of 4 KiB', unit: 'us', count: SMALL_FILES, bytes: PAGE, shared: true },
  rename: { operation: 'file', unit: 'us', count: SMALL_FILES, bytes: PAGE, shared: true },
  unlink: { operation: 'file', unit: 'us', count: SMALL_FILES, bytes: PAGE, shared: true },
  'readdir-10k': { operation: 'entry', unit: 'us', count: 10_000, bytes: 0 },
  'readdir-100k': { operation: 'entry', unit: 'us', count: 100_000, bytes: 0 },
  untar: { operation: 'file of 1-16 KiB', unit: 'us', count: SMALL_FILES, bytes: 0, whole: true },
  'build-mix-cold': { operation: 'file of 1-16 KiB', unit: 'us', count: MIX_FILES, bytes: 0, whole: true },
  'build-mix-warm': { operation: 'file of 1-16 KiB', unit: 'us', count: MIX_FILES, bytes: 0, whole: true },
};

const TIMES = {
  full: { minimumMs: 200, maximumMs: 500, wholeMs: 2000 },
  quick: { minimumMs: 30, maximumMs: 100, wholeMs: 300 },
};
const QUICK_DIVISOR = 8;

/** In the order of the table; `quick` is an eighth of everything, enough to see that all works. */
export function workloads(
  only: readonly WorkloadName[],
  clients: readonly number[],
  quick: boolean,
): Workload[] {
  const divisor = quick ? QUICK_DIVISOR : 1;
  const { minimumMs, maximumMs, wholeMs } = quick ? TIMES.quick : TIMES.full;
  return WORKLOAD_NAMES.filter((name) => only.includes(name)).flatMap((name) => {
    const { shared, whole, ...size } = FULL[name];
    const scalesByFile = size.unit === 'MB/s';
    return (shared === true ? clients : [1]).map((number) => ({
      ...size,
      name,
      clients: number,
      count: scalesByFile ? size.count : size.count / divisor,
      bytes: scalesByFile ? size.bytes / divisor : size.bytes,
      minimumMs,
      maximumMs: whole === true ? wholeMs : maximumMs,
    }));
  });
}
