/**
 * One run: start the arms, let them take turns, take everything down again, whatever happened. Within a round each
 * workload is given to all arms one right after the other, and each round begins with another arm, so that a change of
 * the neighbours' mood hits all alike.
 */
import { mkdtempSync, realpathSync, rmSync, statfsSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { startArm } from './arms.ts';
import type { Arm } from './arms.ts';
import { compileClient, keepAwake, measure } from './client.ts';
import { currentLoad, daemonBuild, describeMachine } from './machine.ts';
import { unmountBeneath } from './mounts.ts';
import { OUR_ARMS, OptionError } from './options.ts';
import type { ArmName, Options } from './options.ts';
import { descendants, endRemaining } from './processes.ts';
import type { Failure, Measurement, Results, WorkloadResult } from './results.ts';
import { costBetween, sampleAfter, sampleBefore } from './serving.ts';
import { measureStartup } from './startup.ts';
import { rotate } from './statistics.ts';
import { countSystemCalls } from './system-calls.ts';
import { workloadLabel, workloads } from './workloads.ts';
import type { Workload } from './workloads.ts';

/** For each arm its trees (most of it the build-like mix) and the largest files of one workload, and some room. */
const NEEDED_BYTES_PER_ARM = { full: 300 << 20, quick: 64 << 20 };
const NEEDED_BYTES = 500 << 20;
const MS_PER_MINUTE = 60_000;
/** The first round only warms up: code is compiled, trees are made. */
const WARM_UP = { minimumMs: 1, maximumMs: 200 };

/** `home` is the folder of this package; `say` takes a line of progress. Throws the reason of `signal` when stopped. */
export async function bench(
  home: string,
  options: Options,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Results> {
  const startedAt = performance.now();
  const work = workDirectory(options);
  const arms: Arm[] = [];
  let sleepAgain = (): void => undefined;
  try {
    const client = await compileClient(home, work);
    const results: Results = {
      machine: describeMachine(options.date, work),
      options,
      skipped: [],
      failures: [],
      rounds: 0,
      startup: { readyMs: [], idle: [] },
      systemCalls: { counts: [] },
      workloads: workloads(options.only, options.clients, options.quick).map((workload) => ({
        workload,
        rounds: {},
        failed: [],
      })),
    };
    if (options.awake) sleepAgain = keepAwake(client, cpus().length);
    if (OUR_ARMS.some((arm) => options.arms.includes(arm))) {
      say(`starting the daemon ${options.starts} times`);
      results.startup = await measureStartup(work, options.starts, signal);
    }
    await startArms(arms, home, work, options, results, signal, say);
    results.machine.buildChanged = daemonBuild() !== results.machine.build;
    results.rounds = await makeRounds(client, arms, results, startedAt, signal, say);
    results.machine.loadAfter = currentLoad();
    say('counting system calls');
    results.systemCalls = await countSystemCalls(client, arms, options.only, work, signal);
    return results;
  } finally {
    sleepAgain();
    const ours = descendants(process.pid);
    for (const arm of arms.reverse()) await arm.stop().catch((error: unknown) => say(String(error)));
    await unmountBeneath(work);
    endRemaining(ours);
    rmSync(work, { recursive: true, force: true });
  }
}

/** Throws {@link OptionError} when nothing can be made there. */
function workDirectory({ lower, arms, quick }: Options): string {
  const needed = NEEDED_BYTES + arms.length * NEEDED_BYTES_PER_ARM[quick ? 'quick' : 'full'];
  try {
    const { bavail, bsize } = statfsSync(lower);
    if (bavail * bsize < needed) {
      const free = Math.floor((bavail * bsize) / (1 << 20));
      throw new Error(`${free} MiB are free, ${Math.ceil(needed / (1 << 20))} MiB are needed`);
    }
    return mkdtempSync(join(realpathSync(lower), 'sluice-bench-'));
  } catch (error) {
    throw new OptionError(`--lower ${lower}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function startArms(
  arms: Arm[],
  home: string,
  work: string,
  options: Options,
  results: Results,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  for (const name of options.arms) {
    signal.throwIfAborted();
    const started = await startArm(name, home, work, options);
    if ('arm' in started) {
      arms.push(started.arm);
      continue;
    }
    results.skipped.push({ arm: name, reason: started.missing });
    say(`left out: ${name}: ${started.missing}`);
  }
}

/** How many rounds counted. */
async function makeRounds(
  client: string,
  arms: readonly Arm[],
  results: Results,
  startedAt: number,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<number> {
  const { rounds, minutes } = results.options;
  const endsAt = startedAt + minutes * MS_PER_MINUTE;
  let longest = 0;
  for (let round = 0; round <= rounds; round++) {
    const begun = performance.now();
    if (round > 1 && begun + longest > endsAt) {
      say(`another round would end after ${minutes} minutes`);
      return round - 1;
    }
    say(round === 0 ? 'warming up' : `round ${round} of ${rounds}`);
    for (const result of results.workloads) {
      const failures = await takeTurns(client, arms, result, round, signal);
      for (const { arm, workload, reason } of failures) say(`failed: ${arm}, ${workload}: ${reason}`);
      results.failures.push(...failures);
    }
    longest = Math.max(longest, performance.now() - begun);
  }
  return rounds;
}

/**
 * An arm that fails is out of this workload from then on, with what it had measured, and the others go on: most of an
 * hour's run must not be lost to one rival.
 */
async function takeTurns(
  client: string,
  arms: readonly Arm[],
  { workload, rounds, failed }: WorkloadResult,
  round: number,
  signal: AbortSignal,
): Promise<Failure[]> {
  const failures: Failure[] = [];
  const timed = round === 0 ? { ...workload, ...WARM_UP } : workload;
  for (const arm of rotate(arms, round)) {
    if (failed.includes(arm.name)) continue;
    try {
      const measurement = await measureArm(client, arm, timed, signal);
      if (round > 0) seriesOf(rounds, arm.name).push(measurement);
    } catch (error) {
      signal.throwIfAborted();
      failed.push(arm.name);
      rounds[arm.name] = [];
      const reason = error instanceof Error ? error.message : String(error);
      failures.push({ arm: arm.name, workload: workloadLabel(workload), reason });
    }
  }
  return failures;
}

function seriesOf(rounds: WorkloadResult['rounds'], name: ArmName): Measurement[] {
  return (rounds[name] ??= []);
}

async function measureArm(
  client: string,
  arm: Arm,
  workload: Workload,
  signal: AbortSignal,
): Promise<Measurement> {
  let first = true;
  const sample = (): ReturnType<typeof sampleBefore> => {
    const taken = first ? sampleBefore(arm) : sampleAfter(arm);
    first = false;
    return taken;
  };
  const { work, before, after } = await measure(client, arm, workload, sample, signal);
  return { ...work, ...costBetween(before, after) };
}
