/**
 * Commands of the device's shell whose end is known for certain. adb answers 0 for a connection that broke off, and some
 * `su` programs for whatever they ran, so the exit code comes as the last line of the output, behind a random word.
 */
import { randomBytes } from 'node:crypto';
import type { Readable } from 'node:stream';
import type { AdbProgram } from './adb-program.ts';
import { connectionLost, failureOfWords } from './adb-failures.ts';
import { DeviceFailure } from './failure.ts';
import { shellWord } from './shell-quote.ts';

/** One argument of a program on Linux has at most 128 KiB (MAX_ARG_STRLEN); quoting twice may grow a script. */
const MOST_SCRIPT_BYTES = 64 * 1024;
const DEFAULT_TIMEOUT_MS = 60_000;
const STATE_WITHIN_MS = 10_000;

export interface ShellOptions {
  /** What the script reads; without it, an empty input. */
  input?: Readable;
  /** Default: a minute. */
  timeoutMs?: number;
  signal?: AbortSignal | undefined;
  /** What this is for, for the message of a failure: `the push of app/sluice.cjs`. */
  purpose?: string;
}

export interface ShellResult {
  code: number;
  stdout: Buffer;
  stderr: string;
}

/** Makes a command for adb's shell of a script of POSIX sh; `su -c` and others are put around it here. */
export type Wrap = (script: string) => string;

export const asAdbd: Wrap = (script) => `sh -c ${shellWord(script)}`;

/**
 * Runs the script. An exit code is no failure here.
 *
 * @throws DeviceFailure `connection-lost`, `timed-out`, `interrupted`, what adb says of the device, or `command-failed` if
 * the shell ended before the script did.
 */
export async function runFramed(
  adb: AdbProgram,
  serial: string,
  wrap: Wrap,
  script: string,
  options: ShellOptions = {},
): Promise<ShellResult> {
  if (Buffer.byteLength(script) > MOST_SCRIPT_BYTES)
    throw new RangeError(`a script of ${Buffer.byteLength(script)} bytes; at most ${MOST_SCRIPT_BYTES} fit`);
  const { purpose = 'a command', timeoutMs = DEFAULT_TIMEOUT_MS, input, signal } = options;
  const word = `sluice-${randomBytes(12).toString('hex')}`;
  const framed = `(\n${script}\n)\nr=$?\necho\necho ${word} $r\nexit $r`;
  const args = ['-s', serial, 'shell', '-T', wrap(framed)];
  const { code, stdout, stderr } = await adb.run(args, {
    timeoutMs,
    signal,
    ...(input === undefined ? {} : { input }),
  });
  const end = readEnd(stdout, word);
  if (end !== undefined) return { ...end, stderr };
  throw failureOfWords(stderr, serial) ?? (await brokenOff(adb, serial, purpose, code, stderr));
}

/** The output before the last line feed that frames the random word, and the code behind it. */
function readEnd(stdout: Buffer, word: string): Omit<ShellResult, 'stderr'> | undefined {
  const at = stdout.lastIndexOf(`\n${word} `);
  if (at < 0) return undefined;
  const code = /^(\d{1,3})\r?\n/.exec(stdout.subarray(at + word.length + 2).toString('latin1'))?.[1];
  return code === undefined ? undefined : { code: Number(code), stdout: stdout.subarray(0, at) };
}

/** The device is asked whether it is still there: if so, it was the shell that ended. */
async function brokenOff(
  adb: AdbProgram,
  serial: string,
  purpose: string,
  code: number,
  stderr: string,
): Promise<DeviceFailure> {
  const state = await adb
    .run(['-s', serial, 'get-state'], { timeoutMs: STATE_WITHIN_MS })
    .catch(() => undefined);
  if (state?.code !== 0 || state.stdout.toString().trim() !== 'device')
    return connectionLost(serial, purpose);
  const words = stderr.trim().split('\n').slice(-3).join('; ');
  const because = words === '' ? `exit code ${code}` : words;
  return new DeviceFailure('command-failed', `${serial} ended ${purpose} early: ${because}`);
}
