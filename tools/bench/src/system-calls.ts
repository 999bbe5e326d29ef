/**
 * System calls of the daemon per request, counted by strace. It slows the daemon down many times, so this is done after
 * all timed rounds, on few operations, and nothing of it is timed. What the slowness itself brings about (a second
 * thread that watches the first, and is woken) is in the count: look at the calls by name.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Arm } from './arms.ts';
import { measure } from './client.ts';
import type { ArmName } from './options.ts';
import { requestsBetween } from './serving.ts';
import { workloads } from './workloads.ts';
import type { Workload, WorkloadName } from './workloads.ts';

const KEY_WORKLOADS: readonly WorkloadName[] = ['stat', 'open-read-close', 'create', 'rename', 'unlink'];
const FILES = 160;
/** One pass is enough; a traced daemon may take long over it. */
const TIMES = { minimumMs: 1, maximumMs: 2000 };
const ATTACHED_WITHIN_MS = 10_000;

export interface SystemCallCount {
  workload: WorkloadName;
  arm: ArmName;
  operations: number;
  requests: number;
  /** By name. */
  calls: Record<string, number>;
}

export interface SystemCalls {
  counts: SystemCallCount[];
  /** Why there are none, or no more. */
  missing?: string;
}

/** Of those arms that count requests, in the workloads among `only`. `work` takes a file. */
export async function countSystemCalls(
  client: string,
  arms: readonly Arm[],
  only: readonly WorkloadName[],
  work: string,
  signal: AbortSignal,
): Promise<SystemCalls> {
  const counts: SystemCallCount[] = [];
  const wanted = workloads(
    KEY_WORKLOADS.filter((name) => only.includes(name)),
    [1],
    false,
  );
  for (const workload of wanted) {
    for (const arm of arms) {
      const { name, serverPid, requests } = arm;
      if (requests === undefined || serverPid === undefined) continue;
      try {
        const small = { ...workload, ...TIMES, count: FILES };
        // A place of its own: the trees of the timed rounds have other sizes.
        const place = tracingPlace(arm);
        const file = join(work, 'strace.out');
        const traced = await trace(client, place, small, { serverPid, requests }, file, signal);
        counts.push({ workload: workload.name, arm: name, ...traced });
      } catch (error) {
        // Everything timed is there by now: even a run that is stopped here has its report.
        if (signal.aborted) return { counts, missing: 'stopped before they were counted' };
        return { counts, missing: error instanceof Error ? error.message : String(error) };
      }
    }
  }
  return { counts };
}

function tracingPlace({ mount, lower }: Arm): { mount: string; lower: string } {
  mkdirSync(join(lower, 'traced'), { recursive: true });
  return { mount: join(mount, 'traced'), lower: join(lower, 'traced') };
}

interface Server {
  serverPid: number;
  requests: () => Promise<Record<string, number>>;
}

async function trace(
  client: string,
  place: { mount: string; lower: string },
  workload: Workload,
  { serverPid, requests }: Server,
  file: string,
  signal: AbortSignal,
): Promise<Pick<SystemCallCount, 'operations' | 'requests' | 'calls'>> {
  let tracer: Tracer | undefined;
  try {
    const { work, before, after } = await measure(
      client,
      place,
      workload,
      async () => {
        if (tracer === undefined) {
          tracer = await attach(serverPid, file);
          return requests();
        }
        const counted = await requests();
        await tracer.detach();
        return counted;
      },
      signal,
    );
    const made = Object.values(requestsBetween(before, after)).reduce((sum, count) => sum + count, 0);
    return {
      operations: work.operations,
      requests: made,
      calls: parseStraceSummary(readFileSync(file, 'utf8')),
    };
  } finally {
    await tracer?.detach();
  }
}

interface Tracer {
  /** Lets the process run on, and has the summary written. */
  detach(): Promise<void>;
}

async function attach(pid: number, file: string): Promise<Tracer> {
  const strace = spawn('strace', ['-c', '-f', '-o', file, '-p', String(pid)], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let words = '';
  const closed = once(strace, 'close').catch(() => undefined);
  const attached = new Promise<void>((resolve, reject) => {
    strace.on('error', (error) => {
      reject(
        new Error(`strace does not start (Debian: apt-get install strace): ${error.message}`, {
          cause: error,
        }),
      );
    });
    strace.on('exit', () => reject(new Error(`strace ended: ${words.trim()}`)));
    strace.stderr.setEncoding('utf8').on('data', (text: string) => {
      words += text;
      if (words.includes('attached')) resolve();
    });
    setTimeout(() => reject(new Error('strace does not attach')), ATTACHED_WITHIN_MS).unref();
  });
  const detach = async (): Promise<void> => {
    strace.kill('SIGINT');
    await closed;
  };
  try {
    await attached;
  } catch (error) {
    strace.kill('SIGKILL');
    throw error;
  }
  return { detach };
}

/** The table of `strace -c`: calls by name. Its fifth column, errors, is often empty. */
export function parseStraceSummary(text: string): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const line of text.split('\n')) {
    const [, count, name] = /^\s*[\d.]+\s+[\d.]+\s+\d+\s+(\d+)(?:\s+\d+)?\s+(\w+)$/.exec(line) ?? [];
    if (count !== undefined && name !== undefined && name !== 'total') calls[name] = Number(count);
  }
  return calls;
}
