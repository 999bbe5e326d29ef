/** The adb program as a child process: arguments as they are, exit code, both outputs apart, a time limit. */
import { spawn } from 'node:child_process';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { DeviceFailure } from './failure.ts';

/** What a program may answer; more is a program that has lost its way. */
const MOST_OUTPUT_BYTES = 64 * 1024 * 1024;
/** The rest of the output, once the program has ended: a server that it left behind may hold the pipes open. */
const DRAIN_WITHIN_MS = 500;

export interface RunOptions {
  /** What the program reads; without it, an empty input. */
  input?: Readable;
  timeoutMs: number;
  /** Aborted: the program is ended and the call fails as interrupted. */
  signal?: AbortSignal | undefined;
  /** Gets the standard output as it comes instead of keeping it. */
  onOutput?: (chunk: Buffer) => void;
}

export interface ProgramResult {
  /** 128 + n where a signal ended it. */
  code: number;
  stdout: Buffer;
  stderr: string;
}

export interface AdbProgram {
  /** For those who start it themselves, as a stream that lasts. */
  path: string;
  env: NodeJS.ProcessEnv;
  /** @throws DeviceFailure `no-adb`, `timed-out`, `interrupted`. An exit code is no failure here. */
  run(args: readonly string[], options: RunOptions): Promise<ProgramResult>;
}

/** `program`: a path, or a name on the PATH. */
export function adbProgram(path: string, env: NodeJS.ProcessEnv = process.env): AdbProgram {
  return { path, env, run: (args, options) => runProgram(path, args, env, options) };
}

async function runProgram(
  program: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
  { input, timeoutMs, signal, onOutput }: RunOptions,
): Promise<ProgramResult> {
  const what = `adb ${args
    .filter((word) => !word.includes('\n'))
    .slice(0, 4)
    .join(' ')}`;
  if (signal?.aborted) throw interrupted();
  const child = spawn(program, [...args], { env, stdio: [input ? 'pipe' : 'ignore', 'pipe', 'pipe'] });
  const { stdin, stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('a child without pipes');
  const out: Buffer[] = [];
  let words = '';
  let bytes = 0;
  let why: DeviceFailure | undefined;
  const end = (failure: DeviceFailure): void => {
    why ??= failure;
    child.kill('SIGKILL');
  };
  stdout.on('data', (chunk: Buffer) => {
    if (onOutput) {
      onOutput(chunk);
      return;
    }
    bytes += chunk.length;
    if (bytes > MOST_OUTPUT_BYTES) end(new DeviceFailure('command-failed', `${what} said more than 64 MiB`));
    else out.push(chunk);
  });
  stderr.setEncoding('utf8').on('data', (text: string) => (words = (words + text).slice(-65_536)));
  const timer = setTimeout(() => {
    const advice = 'see that the device is awake and answers adb shell, then repeat the command';
    end(
      new DeviceFailure('timed-out', `${what} took longer than ${Math.round(timeoutMs / 1000)} s`, {
        advice,
      }),
    );
  }, timeoutMs);
  const abort = (): void => {
    end(interrupted());
  };
  signal?.addEventListener('abort', abort);
  try {
    const fed = input && stdin ? feed(input, stdin) : undefined;
    const code = await exitOf(child, program);
    // What the program did not read is not the feeder's failure: its exit code tells more.
    input?.destroy();
    await fed;
    if (why !== undefined) throw why;
    return { code, stdout: Buffer.concat(out), stderr: words };
  } finally {
    clearTimeout(timer);
    signal?.removeEventListener('abort', abort);
  }
}

async function feed(input: Readable, stdin: NodeJS.WritableStream): Promise<void> {
  try {
    await pipeline(input, stdin);
  } catch {
    // The program ended first, or reading failed: the bytes are then short, which whoever checks them sees.
  }
}

function exitOf(child: ReturnType<typeof spawn>, program: string): Promise<number> {
  return new Promise((resolve, reject) => {
    let drain: NodeJS.Timeout | undefined;
    child.once('error', (error: NodeJS.ErrnoException) => {
      clearTimeout(drain);
      reject(noProgram(program, error.code ?? error.message));
    });
    const done = (code: number | null, signal: NodeJS.Signals | null): void => {
      clearTimeout(drain);
      resolve(code ?? (signal === 'SIGKILL' ? 137 : 143));
    };
    child.once('exit', (code, signal) => {
      drain = setTimeout(() => {
        child.stdout?.destroy();
        child.stderr?.destroy();
        done(code, signal);
      }, DRAIN_WITHIN_MS);
    });
    child.once('close', done);
  });
}

function noProgram(program: string, reason: string): DeviceFailure {
  const what =
    reason === 'ENOENT' ? `there is no program ${program}` : `${program} cannot be run (${reason})`;
  const advice =
    "install Android's platform tools (Debian: apt-get install adb), or name the program with --adb";
  return new DeviceFailure('no-adb', what, { advice });
}

function interrupted(): DeviceFailure {
  return new DeviceFailure('interrupted', 'interrupted', { advice: 'repeat the command' });
}
