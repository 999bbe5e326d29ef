import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileClient, measure } from './client.ts';
import { descendants } from './processes.ts';
import { WORKLOAD_NAMES } from './workloads.ts';
import type { Workload, WorkloadName } from './workloads.ts';

const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');
const PAGE = 4096;
const MIB = 1 << 20;
/** A bucket of latencies is that much wider than the shortest of them. */
const BUCKET_ERROR = 1.04;
const never = new AbortController().signal;

/** As little of each as makes sense. */
function small(name: WorkloadName, more: Partial<Workload> = {}): Workload {
  const sequential = name.startsWith('sequential');
  const paged = name.startsWith('random') || name === 'mmap-read';
  return {
    name,
    clients: 1,
    operation: '',
    unit: 'us',
    count: sequential ? 2 : 64,
    bytes: sequential || paged ? MIB : PAGE,
    minimumMs: 1,
    maximumMs: 60_000,
    ...more,
  };
}

/** Not the cold one: dropping the caches of the whole machine is not for a unit test. */
const TRIED = WORKLOAD_NAMES.filter((name) => name !== 'build-mix-cold');
/** Trees that stay for the next round. */
const KEPT: Partial<Record<WorkloadName, string>> = {
  stat: 'files',
  'open-read-close': 'files',
  'write-close': 'written',
  rename: 'rename',
  'readdir-10k': 'many',
  'readdir-100k': 'many',
  walk: 'tree',
  'build-mix-warm': 'mix',
};

describe('the client', () => {
  let directory: string;
  let program: string;
  beforeAll(async () => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-bench-client-'));
    program = await compileClient(HOME, directory);
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });
  const place = (): { mount: string; lower: string } => {
    const lower = mkdtempSync(join(directory, 'lower-'));
    return { mount: lower, lower };
  };
  const nothing = (): Promise<void> => Promise.resolve();

  it.each(TRIED)('performs %s, again in the same place, and leaves no data behind', async (name) => {
    const where = place();
    const workload = small(name);
    for (let round = 0; round < 2; round++) {
      const { work } = await measure(program, where, workload, nothing, never);
      expect(work.nanoseconds).toBeGreaterThan(0);
      // 16 parts of 4 files, each in a directory that is walked as well.
      if (name === 'walk') expect(work.operations % (64 + 16)).toBe(0);
      else expect(work.operations % workload.count).toBe(0);
      if (name.startsWith('sequential')) expect(work.bytes).toBe(2 * MIB);
      if (name.startsWith('random')) expect(work.bytes).toBe(64 * PAGE);
      if (name === 'open-read-close') expect(work.bytes).toBe(work.operations * PAGE);
      if (name === 'untar') expect(work.latency).toBeUndefined();
      else expect(work.latency?.max).toBeLessThan(work.nanoseconds * BUCKET_ERROR);
    }
    const left = new Set(readdirSync(where.lower).map((file) => file.split('-')[0]));
    expect([...left]).toEqual(name in KEPT ? [KEPT[name]] : []);
  });

  it.each(TRIED.filter((name) => !/^(seq|mmap|readdir|untar|build)/.test(name)))(
    'has several processes share %s',
    async (name) => {
      let processes = 0;
      const sample = (): Promise<void> => {
        processes = Math.max(processes, descendants(process.pid).length);
        return Promise.resolve();
      };
      const workload = small(name, { clients: 16 });
      const { work } = await measure(program, place(), workload, sample, never);
      expect(processes).toBeGreaterThanOrEqual(17);
      expect(work.operations).toBeGreaterThanOrEqual(workload.count);
    },
  );

  it('tells a latency about as long as the whole where one call is all there is', async () => {
    const shares: number[] = [];
    // Several times: the process may have to wait for the processor outside of the call.
    for (let attempt = 0; attempt < 5; attempt++) {
      const workload = small('sequential-write', { count: 1 });
      const { work } = await measure(program, place(), workload, nothing, never);
      expect(work.operations).toBe(1);
      expect(work.latency?.p50).toBe(work.latency?.max);
      shares.push((work.latency?.p50 ?? 0) / work.nanoseconds);
    }
    expect(Math.max(...shares)).toBeGreaterThan(0.1);
    expect(Math.max(...shares)).toBeLessThan(BUCKET_ERROR);
  });

  it('stops where it stands when time is up, and still leaves nothing behind', async () => {
    const where = place();
    const workload = small('create', { count: 50_000, maximumMs: 5 });
    const { work } = await measure(program, where, workload, nothing, never);
    expect(work.operations).toBeGreaterThan(0);
    expect(work.operations).toBeLessThan(workload.count);
    expect(readdirSync(where.lower)).toEqual([]);
  });

  it('waits on either side of the measured part', async () => {
    const where = place();
    const seen: number[] = [];
    const sample = (): Promise<void> => {
      const parts = readdirSync(where.lower).map((part) => readdirSync(join(where.lower, part)).length);
      seen.push(parts.reduce((sum, files) => sum + files, 0));
      return Promise.resolve();
    };
    await measure(program, where, small('unlink'), sample, never);
    expect(seen).toEqual([64, 0]);
  });

  it('writes each of its pages of the large files once, in an order without neighbours', async () => {
    const where = place();
    let before: Buffer | undefined;
    let pages: number[] = [];
    const sample = (): Promise<void> => {
      const file = readFileSync(join(where.lower, 'random-00'));
      const was = before;
      before = file;
      pages = Array.from({ length: file.length / PAGE }, (_, page) => page).filter(
        (page) => was?.readBigUInt64LE(page * PAGE) !== file.readBigUInt64LE(page * PAGE),
      );
      return Promise.resolve();
    };
    await measure(program, where, small('random-write'), sample, never);
    expect(pages).toHaveLength(4);
    expect(pages.at(-1)).toBeGreaterThan(3);
  });

  it.each(['open-read-close', 'build-mix-warm'] as const)(
    'does not take wrong bytes for an answer in %s',
    async (name) => {
      const where = place();
      await measure(program, where, small(name), nothing, never);
      const file = join(where.lower, name === 'open-read-close' ? 'files-07/f000002' : 'mix/d000/f33');
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
      writeFileSync(file, bytes);
      await expect(measure(program, where, small(name), nothing, never)).rejects.toThrow('wrong data in');
    },
  );

  it.each([
    ['create-write', 'create-07/f000002'],
    ['write-close', 'written-07/f000002'],
    ['random-write', 'random-07'],
    ['sequential-write', 'sequential-01'],
    ['untar', 'untar/d000/f33'],
  ] as const)('does not believe that %s wrote what is not there', async (name, path) => {
    const where = place();
    let samples = 0;
    const sample = (): Promise<void> => {
      if (++samples < 2) return Promise.resolve();
      const file = join(where.lower, path);
      const bytes = readFileSync(file);
      bytes.writeUInt8(bytes.readUInt8(500) ^ 1, 500);
      writeFileSync(file, bytes);
      return Promise.resolve();
    };
    await expect(measure(program, where, small(name), sample, never)).rejects.toThrow('wrong data in');
  });

  it('says which call failed on which path', async () => {
    const where = { mount: '/nowhere', lower: place().lower };
    await expect(measure(program, where, small('stat'), nothing, never)).rejects.toThrow(
      'stat on /nowhere: client: lstat /nowhere/files-00/f000000: No such file or directory',
    );
  });

  it('refuses sizes its passes cannot rely on', async () => {
    const odd = { ...small('random-read'), bytes: 3 * PAGE };
    await expect(measure(program, place(), odd, nothing, never)).rejects.toThrow(
      'random-read needs 16 files',
    );
  });

  it('ends at once when the benchmark is stopped', async () => {
    const stop = new AbortController();
    const sample = (): Promise<void> => {
      stop.abort(new Error('stopped'));
      return Promise.resolve();
    };
    await expect(measure(program, place(), small('stat'), sample, stop.signal)).rejects.toThrow('stopped');
  });
});
