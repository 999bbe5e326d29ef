/** Starts the daemon's probe in a process of its own, in a scratch directory of its own, and reads what it prints. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { runtimeCommand } from '@sluice/sys/runtime';
import type { ProbeReport } from '@sluice/session';
import { probeProgram } from '../probe-program.ts';
import { CommandFailure } from '../exit-codes.ts';
import type { Terminal } from '../terminal.ts';

/** A trial takes some 100 ms, and gives up by itself after some 20 s; a source that hangs may never answer. */
const TIMEOUT_MS = 40_000;
const REPORT_BYTES_MAX = 1 << 20;

export interface ProbeTarget {
  /** Absolute; undefined: the scratch directory itself. */
  source: string | undefined;
  /** The report names the source's path. */
  namesPath: boolean;
  /** Also the backing directory of fuse_bpf. */
  triesFuseBpf: boolean;
}

/** Rejects with a {@link CommandFailure}. Leaves neither files nor mounts. */
export async function runProbe(
  { source, namesPath, triesFuseBpf }: ProbeTarget,
  terminal: Terminal,
): Promise<ProbeReport> {
  const scratch = scratchDirectory(terminal.env);
  try {
    const words = [
      ...['--scratch', scratch],
      ...(source === undefined ? [] : ['--source', source]),
      ...(namesPath ? [] : ['--hide-path']),
      ...(triesFuseBpf ? ['--fuse-bpf'] : []),
    ];
    return readReport(await outputOf(probeProgram(), words, terminal));
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

/** Of its first line of output, as this version of the program reads it. Throws a {@link CommandFailure}. */
export function readReport(output: string): ProbeReport {
  let value: unknown;
  try {
    value = JSON.parse(output);
  } catch {
    throw new CommandFailure('the probe printed no report: build it anew (npm run build)');
  }
  const { report, version } = (value ?? {}) as Partial<ProbeReport>;
  if (report !== 'sluice-probe' || version !== 1)
    throw new CommandFailure(
      'the probe is of another version than this program: build both anew (npm run build)',
    );
  return value as ProbeReport;
}

/** Android has no /tmp; its shell has /data/local/tmp. */
function scratchDirectory(env: Terminal['env']): string {
  const places = [env['TMPDIR'], '/data/local/tmp', '/tmp', '/var/tmp'].filter(
    (place) => place !== undefined,
  );
  for (const place of places) {
    try {
      return mkdtempSync(join(place, 'sluice-probe-'));
    } catch {
      // the next place may do
    }
  }
  throw new CommandFailure(
    `no scratch directory can be made in ${places.join(', ')}: name a place with TMPDIR`,
  );
}

function outputOf(program: string, words: readonly string[], terminal: Terminal): Promise<string> {
  const runtime = runtimeCommand();
  return new Promise((resolve, reject) => {
    const child = spawn(runtime.program, [...runtime.args, program, ...words], {
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [out, err] = ['', ''];
    const finish = (): void => {
      clearTimeout(timer);
      offInterrupt();
    };
    const fail = (message: string): void => {
      finish();
      child.kill('SIGKILL');
      // One that waits for storage that hangs cannot be killed: not waited for, either.
      child.unref();
      child.stdout.destroy();
      child.stderr.destroy();
      reject(new CommandFailure(message));
    };
    const offInterrupt = terminal.onInterrupt(() => {
      fail('interrupted');
    });
    const timer = setTimeout(() => {
      fail(`the probe gave no report in ${TIMEOUT_MS / 1000} s: does the source hang?`);
    }, TIMEOUT_MS);
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      out += text;
      if (out.length > REPORT_BYTES_MAX) fail('the probe printed more than a report can be');
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => (err = (err + text).slice(-4096)));
    child.on('error', (error) => fail(`the probe cannot be started: ${error.message}`));
    child.on('close', (code, signal) => {
      finish();
      if (code === 0) resolve(out);
      else reject(new CommandFailure(err.trim() || `the probe ended with ${signal ?? code}`));
    });
  });
}
