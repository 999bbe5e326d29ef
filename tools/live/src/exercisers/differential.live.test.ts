/**
 * Random calls on the mount and on a bare directory, as in posix-random.live.test.ts, while the policy changes; and, if
 * SLUICE_EXERCISE_CPU_MINUTES says how much processor time all cases may take together, with new seeds that long.
 */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BASES, firstDifference, startBothTrees, treeRecord } from '../both-trees.ts';
import type { BothTrees } from '../both-trees.ts';
import { observe } from '../counters.ts';
import type { Observer } from '../counters.ts';
import { run, sh } from '../daemon.ts';
import type { CommandResult } from '../daemon.ts';
import { whilePolicyChanges } from './changing-policy.ts';

const CPU_SECONDS = Number(process.env['SLUICE_EXERCISE_CPU_MINUTES'] ?? 0) * 60;
const FIRST_SEED = Number(process.env['SLUICE_EXERCISE_SEED'] ?? Date.now() % 1_000_000);
/** Of one round; the rounds of a case share a daemon, so that its tables get old. */
const OPERATIONS = 2500;
const ROUND_LIMIT_MS = 120_000;
const CLOCK_TICKS = 100;
const PROGRAM = join(dirname(fileURLToPath(import.meta.url)), '..', 'random-operations.py');
/** A policy that stays is tried by posix-random.live.test.ts already. */
const POLICIES = CPU_SECONDS === 0 ? ['changing'] : ['all', 'none', 'changing'];
const CASES = BASES.flatMap((base) => POLICIES.map((policy) => ({ base, policy })));
// Cores may be busy with other things.
const LIMIT_MS = ROUND_LIMIT_MS + (CPU_SECONDS / CASES.length) * 4000;

/** Runs the program and adds to `spent` what its processor time was, in seconds. */
async function operations(directory: string, seed: number, spent: number[]): Promise<CommandResult> {
  // The time is the last line of standard error.
  const script = 'TIMEFORMAT="%U %S"; time python3 -B "$@"';
  const args = ['-c', script, 'bash', PROGRAM, directory, String(seed), String(OPERATIONS)];
  const result = await run('bash', args, { timeoutMs: ROUND_LIMIT_MS });
  const lines = result.stderr.trimEnd().split('\n');
  spent.push(...(lines.pop() ?? '').split(' ').map(Number));
  return { ...result, stderr: lines.join('\n') };
}

/** User and system time of a process, in seconds. */
function processorSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ');
  return (Number(fields[11]) + Number(fields[12])) / CLOCK_TICKS;
}

describe.each(CASES)('random calls beneath $base under a policy of $policy', ({ base, policy }) => {
  let trees: BothTrees;
  let observer: Observer;
  beforeAll(async () => {
    const guardSeconds = Math.ceil(LIMIT_MS / 1000);
    trees = await startBothTrees({ base, policy: policy === 'changing' ? 'all' : policy, guardSeconds });
    observer = observe(trees.daemon);
  });
  afterAll(async () => {
    observer.close();
    await trees.daemon.stop();
  });

  async function round(seed: number, spent: number[]): Promise<void> {
    const { mounted, lower, bare } = trees.make(`seed-${seed}`);
    const both = Promise.all([operations(mounted, seed, spent), operations(bare, seed, spent)]);
    const [onMount, onBare] =
      policy === 'changing' ? (await whilePolicyChanges(observer, 50, both)).result : await both;
    expect(onBare).toMatchObject({ code: 0, stderr: '' });
    expect(firstDifference(onMount.stdout, onBare.stdout), `seed ${seed}`).toBe('');
    expect(onMount).toMatchObject({ code: 0, stderr: '' });
    await sh('sync -f .', { cwd: mounted });
    const expected = await treeRecord(bare);
    expect(firstDifference(await treeRecord(mounted), expected), `mount, seed ${seed}`).toBe('');
    expect(firstDifference(await treeRecord(lower), expected), `lower tree, seed ${seed}`).toBe('');
    expect(await sh(`rm -rf ${mounted} ${bare}`)).toMatchObject({ code: 0, stderr: '' });
  }

  it(
    `give the results and the tree of the bare file system (first seed ${FIRST_SEED})`,
    async () => {
      const pid = trees.daemon.volumeServerPid();
      const before = processorSeconds(pid);
      const spent: number[] = [];
      let seed = FIRST_SEED;
      const used = (): number =>
        processorSeconds(pid) - before + spent.reduce((sum, seconds) => sum + seconds, 0);
      do await round(seed++, spent);
      while (used() < CPU_SECONDS / CASES.length);
      if (CPU_SECONDS > 60)
        console.log(
          `${base} ${policy}: ${seed - FIRST_SEED} rounds of ${OPERATIONS} calls, ${used().toFixed(0)} s`,
        );
    },
    LIMIT_MS,
  );
});
