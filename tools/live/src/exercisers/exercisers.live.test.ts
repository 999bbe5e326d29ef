/**
 * Long random runs of programs of our own: on one file, and of several processes in one tree. SLUICE_EXERCISE_OPERATIONS
 * and SLUICE_EXERCISE_SEED ask for other or longer runs; a failure tells the seed.
 */
import { mkdirSync, mkdtempSync, openSync, closeSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { observe } from '../counters.ts';
import type { Observer } from '../counters.ts';
import { run, startDaemon } from '../daemon.ts';
import type { CommandResult, RunningDaemon } from '../daemon.ts';
import { whilePolicyChanges } from './changing-policy.ts';
import { compileExerciser } from './compile.ts';

const OPERATIONS = Number(process.env['SLUICE_EXERCISE_OPERATIONS'] ?? 10_000);
const SEED = Number(process.env['SLUICE_EXERCISE_SEED'] ?? Date.now() % 1_000_000);
const PROCESSES = 6;
const LIMIT_MS = 60_000 + OPERATIONS * 2;
const CASES = ['/var/tmp', '/dev/shm'].flatMap((base) =>
  ['all', 'none', 'direct', 'changing'].map((policy) => ({ base, policy })),
);

let scratch: string;
let data: string;
let tree: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sluice-exercisers-'));
  writeFileSync(join(scratch, 'direct.yaml'), 'version: 1\ndefault: direct\nrules: []\n');
  data = await compileExerciser('data', scratch);
  tree = await compileExerciser('tree', scratch);
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe.each(CASES)('exercised beneath $base under a policy of $policy', ({ base, policy }) => {
  let daemon: RunningDaemon;
  let observer: Observer;
  beforeEach(async () => {
    daemon = await startDaemon({
      base,
      policy: policy === 'direct' ? join(scratch, 'direct.yaml') : policy === 'changing' ? 'all' : policy,
      guardSeconds: Math.ceil(LIMIT_MS / 1000),
    });
    observer = observe(daemon);
  });
  afterEach(async () => {
    observer.close();
    await daemon.stop();
  });

  async function exercise(program: string, args: readonly (string | number)[]): Promise<CommandResult> {
    const work = run(program, args.map(String), { timeoutMs: LIMIT_MS });
    if (policy !== 'changing') return work;
    const { result, applied } = await whilePolicyChanges(observer, 100, work);
    expect(applied).toBeGreaterThan(2);
    return result;
  }

  it(
    `one file holds what was written, whatever way it went (seed ${SEED})`,
    async () => {
      const file = join(daemon.mount, 'file');
      const lower = join(daemon.source, 'file');
      const result = await exercise(data, [file, SEED, OPERATIONS, `--lower=${lower}`]);
      expect(result).toMatchObject({ stderr: '', code: 0 });
      if (OPERATIONS >= 100_000) console.log(`${base} ${policy}: ${result.stdout.trim()}`);
      const { opens, requests } = await observer.counters();
      // A run that goes another way than the policy says shows nothing.
      const ways = { all: ['passthrough'], none: ['cached'], direct: ['direct'] }[policy];
      for (const way of ways ?? ['passthrough', 'cached', 'direct'])
        expect(opens[way], way).toBeGreaterThan(10);
      if (policy === 'all') expect((requests['READ'] ?? 0) + (requests['WRITE'] ?? 0)).toBe(0);
    },
    LIMIT_MS,
  );

  it(
    `one tree stays sound while processes meet in it (seed ${SEED})`,
    async () => {
      const mounted = join(daemon.mount, 'tree');
      const lower = join(daemon.source, 'tree');
      mkdirSync(mounted);
      const calls = Math.ceil(OPERATIONS / 4);
      const { code, stdout, stderr } = await exercise(tree, [mounted, SEED, PROCESSES, calls, lower]);
      expect(stdout, `${code} ${stderr}`).not.toBe('');
      if (OPERATIONS >= 100_000) console.log(`${base} ${policy}: ${stdout.trim()}`);
      const { failed, defects, unexplained } = JSON.parse(stdout) as {
        failed: number;
        defects: number;
        unexplained: Record<string, number>;
      };
      expect({ failed, defects }, stderr).toEqual({ failed: 0, defects: 0 });
      // An object that goes between lookup and call makes the kernel look up once more, and one that goes again at that
      // very moment leaves it nothing to try: rare, and no defect of ours.
      const [stale, other] = [true, false].map((isStale) =>
        Object.entries(unexplained).filter(([what]) => what.endsWith(' ESTALE') === isStale),
      );
      expect(other).toEqual([]);
      const count = (stale ?? []).reduce((sum, [, times]) => sum + times, 0);
      expect(count, stderr).toBeLessThanOrEqual(2 + (PROCESSES * calls) / 20_000);
      if (count === 0) expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    },
    LIMIT_MS,
  );
});

describe('the data exerciser', () => {
  it('finds bytes that somebody else wrote, and tells the seed and what led there', async () => {
    const file = join(scratch, 'disturbed');
    const running = run(data, [file, '7', '100000000'], { timeoutMs: 20_000 });
    let ended = false;
    void running.then(() => (ended = true));
    while (!ended) {
      await delay(20);
      const fd = openSync(file, 'r+');
      writeSync(fd, Buffer.alloc(8192, 0x58), 0, 8192, 0);
      closeSync(fd);
    }
    const { code, stderr } = await running;
    expect(code).toBe(1);
    expect(stderr).toMatch(/seed 7, operation \d+; the last operations were\n {2}#\d+ size 0x/);
    expect(stderr.split('\n').filter((line) => line.startsWith('  #')).length).toBeLessThanOrEqual(20);
  });
});

describe('the tree exerciser', () => {
  it('finds a link count and names that are not the same beneath', async () => {
    const [here, there] = ['here', 'there'].map((name) => join(scratch, name)) as [string, string];
    for (const directory of [here, there]) mkdirSync(directory);
    writeFileSync(join(there, 'extra'), '');
    const { code, stdout, stderr } = await run(tree, [here, '1', '2', '500', there]);
    expect(code).toBe(1);
    expect((JSON.parse(stdout) as { defects: number }).defects).toBeGreaterThan(1);
    expect(stderr).toContain('No such file or directory');
  });
});
