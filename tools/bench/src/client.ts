/**
 * Compiles and drives the client in `native/`, the program that does the work. It stops before and after the measured part,
 * so that requests and processor time can be sampled for exactly that part.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { run } from '@sluice/live';
import { latencyOf, parseHistogram } from './latency.ts';
import type { Latency } from './latency.ts';
import { workloadLabel } from './workloads.ts';
import type { Workload } from './workloads.ts';

/** Far beyond the slowest workload; reached only when a mount hangs. */
const CLIENT_WITHIN_MS = 300_000;

export interface Work {
  operations: number;
  bytes: number;
  /** From the first start among the processes to the last end. */
  nanoseconds: number;
  /** Of single calls; absent where another program makes them. */
  latency?: Latency;
}

/** `home` is the folder of this package, `directory` takes the program. Throws with the compiler's words. */
export async function compileClient(home: string, directory: string): Promise<string> {
  const program = join(directory, 'client');
  const native = join(home, 'native');
  const sources = readdirSync(native).filter((name) => name.endsWith('.c'));
  const compiled = await run('cc', ['-O2', '-o', program, ...sources], { cwd: native });
  if (compiled.code !== 0) {
    throw new Error(`the benchmark needs a C compiler, cc (Debian: apt-get install gcc): ${compiled.stderr}`);
  }
  return program;
}

/**
 * Runs one workload through `place.mount`; `sample` is called right before and right after the measured part. Throws
 * with the client's words when a call fails.
 */
export async function measure<T>(
  program: string,
  place: { mount: string; lower: string },
  workload: Workload,
  sample: () => Promise<T>,
  signal: AbortSignal,
): Promise<{ work: Work; before: T; after: T }> {
  const { name, count, bytes, clients, minimumMs, maximumMs } = workload;
  const what = `${workloadLabel(workload)} on ${place.mount}`;
  const child = spawn(
    program,
    [name, place.mount, place.lower, ...[count, bytes, clients, minimumMs, maximumMs].map(String)],
    {
      signal: AbortSignal.any([signal, AbortSignal.timeout(CLIENT_WITHIN_MS)]),
      killSignal: 'SIGKILL',
    },
  );
  let complaint = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  child.on('error', (error) => (complaint += error.message));
  child.stdin.on('error', () => undefined);
  const closed = once(child, 'close').catch(() => [undefined]);
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const line = async (): Promise<string> => {
    const { value, done } = await lines.next();
    if (done !== true) return value;
    await closed;
    signal.throwIfAborted();
    throw new Error(`${what}: ${complaint.trim() || 'the client ended early'}`);
  };
  try {
    await line();
    const before = await sample();
    child.stdin.write('\n');
    const work = parseWork(await line());
    const after = await sample();
    child.stdin.end('\n');
    const [code] = (await closed) as [number | null | undefined];
    signal.throwIfAborted();
    if (code !== 0) throw new Error(`${what}: ${complaint.trim() || `exit ${String(code)}`}`);
    return { work, before, after };
  } finally {
    child.kill('SIGKILL');
  }
}

function parseWork(text: string): Work {
  const words = text.split(' ');
  const [operations = NaN, bytes = NaN, nanoseconds = NaN] = words.slice(0, 3).map(Number);
  if (!(operations > 0) || !(bytes >= 0) || !(nanoseconds > 0))
    throw new Error(`the client printed "${text}", not operations, bytes and nanoseconds`);
  const latency = latencyOf(parseHistogram(words.slice(3)));
  return { operations, bytes, nanoseconds, ...(latency === undefined ? {} : { latency }) };
}

/** Keeps every core awake by a process that takes only time nobody else wants. Returns what ends them. */
export function keepAwake(program: string, cores: number): () => void {
  const spinners = Array.from({ length: cores }, (_, core) =>
    spawn(program, ['spin', String(core)], { stdio: 'ignore' }).on('error', () => undefined),
  );
  return () => {
    for (const spinner of spinners) spinner.kill('SIGKILL');
  };
}
