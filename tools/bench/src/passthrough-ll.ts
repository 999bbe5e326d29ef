/** libfuse's `passthrough_ll`, the C rival: compiled from the example that Debian's libfuse3-dev brings along. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gunzipSync } from 'node:zlib';
import { run } from '@sluice/live';
import { mountsBeneath } from './mounts.ts';

const EXAMPLES = '/usr/share/doc/libfuse3-dev/examples';
const SOURCES = ['passthrough_ll.c', 'passthrough_helpers.h'];
const READY_WITHIN_MS = 10_000;
const STOP_WITHIN_MS = 5_000;
/** It keeps a descriptor for every inode the kernel knows. */
const OPEN_FILES = 1 << 20;

export interface PassthroughLl {
  pid: number;
  stop(): Promise<void>;
}

/** The program, or why there is none, with the remedy. */
export async function compilePassthroughLl(
  directory: string,
): Promise<{ program: string } | { missing: string }> {
  const program = join(directory, 'passthrough_ll');
  if (existsSync(program)) return { program };
  const home = join(directory, 'passthrough_ll.src');
  mkdirSync(home, { recursive: true });
  for (const name of SOURCES) {
    const text = exampleText(name);
    if (text === undefined)
      return { missing: `${EXAMPLES}/${name} is not there (Debian: apt-get install libfuse3-dev)` };
    writeFileSync(join(home, name), text);
  }
  const flags = await run('pkg-config', ['--cflags', '--libs', 'fuse3']);
  if (flags.code !== 0)
    return { missing: 'pkg-config finds no fuse3 (Debian: apt-get install pkg-config libfuse3-dev)' };
  const words = flags.stdout.trim().split(/\s+/);
  const compiled = await run('cc', ['-O2', '-w', '-o', program, join(home, 'passthrough_ll.c'), ...words]);
  return compiled.code === 0 ? { program } : { missing: `cc cannot build it: ${compiled.stderr.trim()}` };
}

function exampleText(name: string): Buffer | undefined {
  const path = join(EXAMPLES, name);
  if (existsSync(path)) return readFileSync(path);
  return existsSync(`${path}.gz`) ? gunzipSync(readFileSync(`${path}.gz`)) : undefined;
}

/**
 * Mounts `source` on `mount` and returns when it is mounted. `checked`: the kernel checks modes and owners
 * (default_permissions), which makes it ask for attributes along the way. Throws with the program's words.
 */
export async function startPassthroughLl(
  program: string,
  source: string,
  mount: string,
  timeoutSeconds: number,
  checked: boolean,
): Promise<PassthroughLl> {
  const checks = checked ? ',default_permissions,allow_other' : '';
  const options = `source=${source},timeout=${timeoutSeconds},cache=auto${checks}`;
  // The hard limit may be raised by root only, and not beyond fs.nr_open; where it cannot, what there is must do.
  const script = `ulimit -n ${OPEN_FILES} 2>/dev/null; exec "$@"`;
  const child = spawn('bash', ['-c', script, 'passthrough_ll', program, '-f', '-o', options, mount], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let complaint = '';
  let ended = false;
  child.stderr.setEncoding('utf8').on('data', (text: string) => (complaint += text));
  const exited = once(child, 'close').then(
    () => (ended = true),
    () => (ended = true),
  );
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    await Promise.race([exited, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    if (ended) return;
    await run('umount', ['-l', mount]);
    child.kill('SIGKILL');
    await exited;
  };
  const deadline = Date.now() + READY_WITHIN_MS;
  while (mountsBeneath(mount).length === 0) {
    if (ended || Date.now() > deadline) {
      await stop();
      throw new Error(`passthrough_ll does not mount ${mount}: ${complaint.trim() || 'no word from it'}`);
    }
    await sleep(5);
  }
  return { pid: child.pid ?? 0, stop };
}
