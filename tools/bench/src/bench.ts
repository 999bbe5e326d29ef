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
import { OptionError } from './options.ts';
import type { ArmName, Options } from './options.ts';
import { descendants, endRemaining, processStat } from './processes.ts';
import { requestsBetween } from './results.ts';
import type { Measurement, Results, WorkloadResult } from './results.ts';
import { measureStartup } from './startup.ts';
import { rotate } from './statistics.ts';
import { workloads } from './workloads.ts';
import type { Workload } from './workloads.ts';

/** The largest files, the trees of all arms, and some room. */
const NEEDED_BYTES = 1 << 30;

/** `home` is the folder of this package; `say` takes a line of progress. Throws the reason of `signal` when stopped. */
export async function bench(
  home: string,
  options: Options,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<Results> {
  const work = workDirectory(options.lower);
  const arms: Arm[] = [];
  let sleepAgain = (): void => undefined;
  try {
    const client = await compileClient(home, work);
    const results: Results = {
      machine: describeMachine(options.date, work),
      options,
      skipped: [],
      startup: { readyMs: [], idle: [] },
      workloads: workloads(options.only, options.quick).map((workload) => ({ workload, rounds: {} })),
    };
    if (options.awake) sleepAgain = keepAwake(client, cpus().length);
    if (options.arms.includes('plain') || options.arms.includes('passthrough')) {
      say(`starting the daemon ${options.starts} times`);
      results.startup = await measureStartup(work, options.starts, signal);
    }
    await startArms(arms, work, options, results, signal, say);
    results.machine.buildChanged = daemonBuild() !== results.machine.build;
    // A first round without a clock: code is compiled, trees are made.
    for (let round = 0; round <= options.rounds; round++) {
      say(round === 0 ? 'warming up' : `round ${round} of ${options.rounds}`);
      for (const result of results.workloads) await takeTurns(client, arms, result, round, signal);
    }
    results.machine.loadAfter = currentLoad();
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
function workDirectory(lower: string): string {
  try {
    const { bavail, bsize } = statfsSync(lower);
    if (bavail * bsize < NEEDED_BYTES) {
      const free = Math.floor((bavail * bsize) / (1 << 20));
      throw new Error(`${free} MiB are free, ${NEEDED_BYTES / (1 << 20)} MiB are needed`);
    }
    return mkdtempSync(join(realpathSync(lower), 'sluice-bench-'));
  } catch (error) {
    throw new OptionError(`--lower ${lower}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function startArms(
  arms: Arm[],
  work: string,
  options: Options,
  results: Results,
  signal: AbortSignal,
  say: (line: string) => void,
): Promise<void> {
  for (const name of options.arms) {
    signal.throwIfAborted();
    const started = await startArm(name, work, options);
    if ('arm' in started) {
      arms.push(started.arm);
      continue;
    }
    results.skipped.push({ arm: name, reason: started.missing });
    say(`left out: ${name}: ${started.missing}`);
  }
}

async function takeTurns(
  client: string,
  arms: readonly Arm[],
  { workload, rounds }: WorkloadResult,
  round: number,
  signal: AbortSignal,
): Promise<void> {
  const timed = round === 0 ? { ...workload, minimumMs: 1 } : workload;
  for (const arm of rotate(arms, round)) {
    const measurement = await measureArm(client, arm, timed, signal);
    if (round > 0) seriesOf(rounds, arm.name).push(measurement);
  }
}

function seriesOf(rounds: WorkloadResult['rounds'], name: ArmName): Measurement[] {
  return (rounds[name] ??= []);
}

interface Sample {
  requests?: Record<string, number>;
  cpuMicroseconds?: number;
}

async function measureArm(
  client: string,
  arm: Arm,
  workload: Workload,
  signal: AbortSignal,
): Promise<Measurement> {
  const sample = async (): Promise<Sample> => {
    const requests = await arm.requests?.();
    const cpu = arm.serverPid === undefined ? undefined : processStat(arm.serverPid)?.cpuMicroseconds;
    return {
      ...(requests === undefined ? {} : { requests }),
      ...(cpu === undefined ? {} : { cpuMicroseconds: cpu }),
    };
  };
  const { work, before, after } = await measure(client, arm, workload, sample, signal);
  return {
    ...work,
    ...(before.cpuMicroseconds === undefined || after.cpuMicroseconds === undefined
      ? {}
      : { cpuMicroseconds: after.cpuMicroseconds - before.cpuMicroseconds }),
    ...(before.requests === undefined || after.requests === undefined
      ? {}
      : { requests: requestsBetween(before.requests, after.requests) }),
  };
}
