/**
 * A real daemon on a real mount, for tests and benchmarks: the built programs, started as a user would start them, in
 * processes of their own. A guard ends the connection if a test hangs on it, so that nothing waits for ever.
 */
import { execFile, spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..', '..');
const SLUICED = join(ROOT, 'apps/sluiced/dist/sluiced.cjs');
const SLUICE = join(ROOT, 'apps/sluice/dist/sluice.cjs');
/** Which engine serves, for the tests that know no better: see engine-exceptions.ts. */
const ENGINE = process.env['SLUICE_ENGINE'];
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;

export interface DaemonOptions {
  /** Where to make the lower tree and the mount point. Default: a new directory beneath `base`. */
  source?: string;
  /** Parent of the directories made here: `/var/tmp` (a disk) by default, `/dev/shm` for tmpfs. */
  base?: string;
  /** A preset or a policy's file name. */
  policy?: string;
  /** A state directory to go on with; it stays when the daemon is stopped. Default: a new one. */
  state?: string;
  timeoutSeconds?: number;
  workers?: number;
  /** More command line. */
  args?: readonly string[];
  /** Soft and hard limit of open files of daemon and volume server. */
  openFiles?: number;
  /** The guard's patience. */
  guardSeconds?: number;
}

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface RunningDaemon {
  directory: string;
  source: string;
  mount: string;
  state: string;
  socket: string;
  pid: number;
  /** Milliseconds from start to ready. */
  readyMs: number;
  output(): string;
  /** Runs the command-line client against this daemon. */
  sluice(...args: string[]): Promise<CommandResult>;
  /** The same with `--json`, parsed. Throws if the client fails. */
  json(...args: string[]): Promise<any>; // eslint-disable-line @typescript-eslint/no-explicit-any
  /** Requests so far by opcode name, of the only volume. */
  requests(): Promise<Record<string, number>>;
  volumeServerPid(): number;
  /** SIGINT, then waits; removes the directories it made. The exit code. */
  stop(): Promise<number>;
}

/** Runs a program to its end under a time limit. Never rejects for an exit code. */
export function run(
  program: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs?: number; env?: NodeJS.ProcessEnv } = {},
): Promise<CommandResult> {
  const { timeoutMs = 120_000, ...rest } = options;
  return new Promise((resolve) => {
    execFile(
      program,
      [...args],
      { ...rest, timeout: timeoutMs, killSignal: 'SIGKILL', maxBuffer: 64 << 20 },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 124;
        resolve({ code, stdout, stderr });
      },
    );
  });
}

/** The same for a shell script. */
export function sh(
  script: string,
  options: { cwd?: string; timeoutMs?: number } = {},
): Promise<CommandResult> {
  return run('bash', ['-c', script], options);
}

export async function startDaemon(options: DaemonOptions = {}): Promise<RunningDaemon> {
  if (!existsSync(SLUICED) || !existsSync(SLUICE))
    throw new Error('the programs are not built: npm run build');
  const directory = mkdtempSync(join(options.base ?? '/var/tmp', 'sluice-live-'));
  const source = options.source ?? join(directory, 'lower');
  const mount = join(directory, 'mount');
  const state = options.state ?? join(directory, 'state');
  mkdirSync(source, { recursive: true });
  mkdirSync(mount);
  const startedAt = performance.now();
  const args = [
    SLUICED,
    ...['--source', source, '--mount', mount, '--state', state, '--name', 'live'],
    ...(options.policy === undefined ? [] : ['--policy', options.policy]),
    ...(options.timeoutSeconds === undefined ? [] : ['--timeout', String(options.timeoutSeconds)]),
    ...(options.workers === undefined ? [] : ['--workers', String(options.workers)]),
    ...(ENGINE === undefined ? [] : ['--engine', ENGINE]),
    ...(options.args ?? []),
  ];
  const limited = options.openFiles !== undefined;
  const child = limited
    ? spawn('bash', [
        '-c',
        `ulimit -n ${options.openFiles} && exec "$@"`,
        'sluiced',
        process.execPath,
        ...args,
      ])
    : spawn(process.execPath, args);
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (text: string) => (output += text));
  const exited = new Promise<number>((resolve) => {
    child.on('exit', (code, signal) => {
      resolve(code ?? (signal === null ? 1 : 128));
    });
  });
  const guard = startGuard(mount, options.guardSeconds ?? 280);
  const cleanUp = (): void => {
    endGuard(guard);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await ready(() => output, exited);
  } catch (error) {
    child.kill('SIGKILL');
    cleanUp();
    throw error;
  }
  const readyMs = performance.now() - startedAt;
  const socket = join(state, 'control.sock');
  const sluice = (...words: string[]): Promise<CommandResult> =>
    run(process.execPath, [SLUICE, '--socket', socket, ...words], { timeoutMs: 60_000 });
  const json = async (...words: string[]): Promise<unknown> => {
    const result = await sluice(...words, '--json');
    if (result.code !== 0)
      throw new Error(`sluice ${words.join(' ')}: exit ${result.code}: ${result.stderr}${result.stdout}`);
    return JSON.parse(result.stdout);
  };
  return {
    directory,
    source,
    mount,
    state,
    socket,
    pid: child.pid ?? 0,
    readyMs,
    output: () => output,
    sluice,
    json,
    requests: async () => {
      const { volumes } = (await json('stats')) as { volumes: { requests: Record<string, number> }[] };
      return volumes[0]?.requests ?? {};
    },
    volumeServerPid: () =>
      Number(readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').trim().split(' ')[0]),
    stop: async () => {
      child.kill('SIGINT');
      const late = setTimeout(() => child.kill('SIGKILL'), STOP_WITHIN_MS);
      const code = await exited;
      clearTimeout(late);
      cleanUp();
      return code;
    },
  };
}

async function ready(output: () => string, exited: Promise<number>): Promise<void> {
  let code: number | undefined;
  void exited.then((value) => (code = value));
  const deadline = Date.now() + READY_WITHIN_MS;
  while (!output().includes('Ctrl-C')) {
    if (code !== undefined) throw new Error(`sluiced ended with ${code}: ${output()}`);
    if (Date.now() > deadline) throw new Error(`sluiced is not ready: ${output()}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** Frees whoever waits on the mount after `seconds`, by ending the one connection that is mounted there. */
function startGuard(mount: string, seconds: number): ChildProcess {
  // umount2 with MNT_FORCE, MNT_DETACH and UMOUNT_NOFOLLOW: nothing that would ask the hanging mount anything.
  const script = `sleep ${seconds}
    python3 -c 'import ctypes, sys; ctypes.CDLL(None).umount2(sys.argv[1].encode(), 11)' "$1"`;
  // A group of its own, so that its sleep ends with it.
  return spawn('bash', ['-c', script, 'guard', mount], { stdio: 'ignore', detached: true });
}

function endGuard({ pid, exitCode }: ChildProcess): void {
  if (pid !== undefined && exitCode === null) process.kill(-pid, 'SIGKILL');
}
