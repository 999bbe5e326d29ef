/** fio's jobs: every engine, buffered and not, in order and at random, on files of their own and all on the same one. */

const KIB = 1024;
/** A region of the shared file. */
const REGION = 2048 * KIB;

interface Way {
  engine: 'sync' | 'mmap' | 'libaio';
  direct: boolean;
}

const WAYS: readonly Way[] = [
  // A mapping has no O_DIRECT. The first, because fio maps the beginning of the file whatever a job's offset is.
  { engine: 'mmap', direct: false },
  { engine: 'sync', direct: false },
  { engine: 'sync', direct: true },
  { engine: 'libaio', direct: false },
  { engine: 'libaio', direct: true },
];
const ORDERS = ['write', 'randwrite', 'randrw'] as const;

/**
 * A job file. What is read back must be what was written, by its checksum, and by a header that tells the block's place:
 * while the job runs, from a backlog of some blocks, and all of it at the end.
 */
export function jobFile(directory: string): string {
  const lines = [
    '[global]',
    `directory=${directory}`,
    'verify=crc32c',
    'verify_fatal=1',
    // Threads instead of processes, and no report of a disk's use, which costs a look at every disk.
    'thread',
    'disk_util=0',
    'bs=4k',
    'size=2m',
    'iodepth=8',
    'fallocate=none',
  ];
  for (const { engine, direct } of WAYS) {
    const name = `${engine}-${direct ? 'direct' : 'buffered'}`;
    const way = [`ioengine=${engine}`, `direct=${direct ? 1 : 0}`];
    for (const order of ORDERS) {
      const backlog = order === 'randwrite' ? ['verify_backlog=64'] : [];
      // Two of each, on files of their own.
      lines.push(`[${name}-${order}]`, ...way, `rw=${order}`, 'numjobs=2', ...backlog);
    }
    const region = WAYS.findIndex((each) => each.engine === engine && each.direct === direct);
    lines.push(
      `[shared-${name}]`,
      ...way,
      `filename=${SHARED.name}`,
      `offset=${region * REGION}`,
      'rw=randwrite',
    );
  }
  return `${lines.join('\n')}\n`;
}

/** The file that jobs share is to be there with all of its size: fio maps it before others have written theirs. */
export const SHARED = { name: 'shared', bytes: WAYS.length * REGION };

/** How many jobs it is, as fio counts them. */
export const JOBS = WAYS.length * (ORDERS.length * 2 + 1);
