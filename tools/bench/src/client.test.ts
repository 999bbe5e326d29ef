import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileClient, measure } from './client.ts';
import { WORKLOAD_NAMES } from './workloads.ts';
import type { Workload, WorkloadName } from './workloads.ts';

const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');
const PAGE = 4096;
const MIB = 1 << 20;
const never = new AbortController().signal;

function small(name: WorkloadName): Workload {
  const sequential = name.startsWith('sequential');
  const bytes =
    name.startsWith('random') || sequential ? MIB : name === 'readdir' || name === 'walk' ? 0 : PAGE;
  return { name, operation: '', unit: 'us', count: sequential ? 2 : 64, bytes, minimumMs: 1 };
}

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

  it.each(WORKLOAD_NAMES)('performs %s, again in the same place, and leaves no data behind', async (name) => {
    const where = place();
    const workload = small(name);
    for (let round = 0; round < 2; round++) {
      const { work } = await measure(program, where, workload, nothing, never);
      expect(work.nanoseconds).toBeGreaterThan(0);
      if (name === 'walk') expect(work.operations % (64 + 3)).toBe(0);
      else expect(work.operations % workload.count).toBe(0);
      if (name.startsWith('sequential')) expect(work.bytes).toBe(2 * MIB);
      if (name.startsWith('random')) expect(work.bytes).toBe(64 * PAGE);
    }
    const kept = { stat: ['files'], 'open-read-close': ['files'], readdir: ['many'], walk: ['tree'] };
    expect(readdirSync(where.lower)).toEqual(kept[name as keyof typeof kept] ?? []);
  });

  it('waits on either side of the measured part', async () => {
    const where = place();
    const seen: number[] = [];
    const sample = (): Promise<void> => {
      seen.push(readdirSync(join(where.lower, 'unlink')).length);
      return Promise.resolve();
    };
    await measure(program, where, small('unlink'), sample, never);
    expect(seen).toEqual([64, 0]);
  });

  it('writes each of its pages of the large file once, in an order without neighbours', async () => {
    const where = place();
    let pages: number[] = [];
    const sample = (): Promise<void> => {
      const file = readFileSync(join(where.lower, 'random'));
      pages = Array.from({ length: file.length / PAGE }, (_, page) => page);
      pages = pages.filter((page) => file[page * PAGE] === 'r'.charCodeAt(0));
      return Promise.resolve();
    };
    await measure(program, where, small('random-write'), sample, never);
    expect(pages).toHaveLength(64);
    expect(pages.at(-1)).toBeGreaterThan(63);
  });

  it('says which call failed on which path', async () => {
    const where = { mount: '/nowhere', lower: place().lower };
    await expect(measure(program, where, small('stat'), nothing, never)).rejects.toThrow(
      'stat on /nowhere: client: lstat /nowhere/files/f00000: No such file or directory',
    );
  });

  it('refuses sizes its passes cannot rely on', async () => {
    const odd = { ...small('random-read'), bytes: 3 * PAGE };
    await expect(measure(program, place(), odd, nothing, never)).rejects.toThrow('random-read needs a COUNT');
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
