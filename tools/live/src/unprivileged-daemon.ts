/**
 * A daemon that setpriv(1) has taken rights from, on directories of the user that it runs as. The programs are copied to
 * where that user can read them. What is done on its mount is done by processes of the same user: nobody else may enter.
 */
import { spawn, spawnSync } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { nativeAddonPath } from '@sluice/sys';
import { run } from './daemon.ts';
import type { CommandResult } from './daemon.ts';

const HERE = dirname(fileURLToPath(import.meta.url));
const ROOT = join(HERE, '..', '..', '..');
const READY_WITHIN_MS = 30_000;
const STOP_WITHIN_MS = 15_000;
const COMMAND_SECONDS = 30;
/** Those of the one who runs the tests may be out of a user's reach. */
const PATH = '/usr/bin:/bin:/usr/sbin:/sbin';
/** `umount2` with MNT_FORCE, MNT_DETACH and UMOUNT_NOFOLLOW asks the mount nothing. */
const TAKE_OFF = 'import ctypes, sys; ctypes.CDLL(None).umount2(sys.argv[1].encode(), 11)';

/** Without capabilities: what a user of that number is. */
export function userOf(uid: number): string[] {
  return [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups', '--inh-caps=-all'];
}

export interface UnprivilegedOptions {
  /** Of source, mount point and state, and of who uses them. */
  uid: number;
  /** setpriv's words for the daemon. */
  privileges: readonly string[];
  /** More command line of the daemon. */
  args?: readonly string[];
  /** PATH of the daemon. Default: where Debian has its programs. */
  path?: string;
  /** In place of `path`: a directory in the daemon's own. */
  programs?: string;
}

export class UnprivilegedDaemon {
  readonly directory = mkdtempSync('/var/tmp/sluice-unprivileged-');
  readonly source = join(this.directory, 'lower');
  readonly mount = join(this.directory, 'mount');
  readonly #programs = join(this.directory, 'programs');
  readonly #state = join(this.directory, 'state');
  readonly #options: UnprivilegedOptions;
  #child: ChildProcess | undefined;
  #broker: ChildProcess | undefined;
  #exited = Promise.resolve(0);
  output = '';

  constructor(options: UnprivilegedOptions) {
    this.#options = options;
    chmodSync(this.directory, 0o755);
    for (const path of [this.source, this.mount, this.#state]) {
      mkdirSync(path);
      chownSync(path, options.uid, options.uid);
    }
    for (const app of ['sluice', 'sluiced'])
      cpSync(join(ROOT, 'apps', app, 'dist'), this.#programs, { recursive: true });
    for (const program of ['tree-record.py', 'posix_calls.py'])
      cpSync(join(HERE, program), join(this.#programs, program));
    const addon = nativeAddonPath();
    cpSync(addon, join(this.#programs, addon.slice(addon.lastIndexOf('/') + 1)));
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** The daemon's fusermount3 is one that a process with all rights runs for it. Before it is started; needs `programs`. */
  async startBroker(): Promise<void> {
    const program = fileURLToPath(new URL('fusermount-broker.py', import.meta.url));
    const socket = join(this.directory, 'broker.sock');
    const broker = spawn('/usr/bin/python3', ['-B', program, 'serve', socket], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#broker = broker;
    await once(broker.stdout, 'data');
    const standIn = join(this.directory, this.#options.programs ?? '', 'fusermount3');
    mkdirSync(dirname(standIn), { recursive: true });
    const script = `#!/bin/sh\nexec /usr/bin/python3 -B '${program}' call '${socket}' "$@"\n`;
    writeFileSync(standIn, script, { mode: 0o755 });
  }

  /** Starts it and waits until it serves. Rejects with its output if it ends before. */
  async start(...args: string[]): Promise<void> {
    const code = await this.tryToStart(...args);
    if (code !== undefined) throw new Error(`sluiced ended with ${code}: ${this.output}`);
  }

  /** The same; the exit code if it ends before it serves. */
  async tryToStart(...args: string[]): Promise<number | undefined> {
    const { privileges, programs, args: always = [] } = this.#options;
    const path = programs === undefined ? this.#options.path : join(this.directory, programs);
    const words = ['--source', this.source, '--mount', this.mount, '--state', this.#state, '--name', 'live'];
    const program = [process.execPath, join(this.#programs, 'sluiced.cjs'), ...words, ...always, ...args];
    this.output = '';
    const child = spawn('/usr/bin/setpriv', [...privileges, ...program], {
      cwd: '/',
      env: { PATH: path ?? PATH },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    for (const stream of [child.stdout, child.stderr])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output += text));
    let code: number | undefined;
    this.#exited = new Promise((resolve) => {
      child.on('close', (status, signal) => {
        code = status ?? (signal === null ? 1 : 128);
        resolve(code);
      });
    });
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!this.output.includes('Ctrl-C')) {
      if (code !== undefined) return code;
      if (Date.now() > deadline) throw new Error(`sluiced is not ready: ${this.output}`);
      await new Promise((resolve) => setTimeout(resolve, 10));
    }
    return undefined;
  }

  /** Runs a script as the daemon's user, or another one, without capabilities. */
  sh(script: string, cwd: string = this.mount, uid: number = this.#options.uid): Promise<CommandResult> {
    const words = ['timeout', '-s', 'KILL', String(COMMAND_SECONDS), 'setpriv', ...userOf(uid)];
    const inside = ['bash', '-c', 'cd "$1" && eval "$2"', 'sh', cwd, script];
    return run('/usr/bin/env', ['-C', '/', `PATH=${PATH}`, ...words, ...inside]);
  }

  /** One of the Python programs of this folder, as the daemon's user. */
  python(program: string, ...words: string[]): Promise<CommandResult> {
    return this.sh([`/usr/bin/python3 -B ${join(this.#programs, program)}`, ...words].join(' '), '/');
  }

  /** The command-line client, as the daemon's user. */
  sluice(...words: string[]): Promise<CommandResult> {
    const quoted = [
      process.execPath,
      join(this.#programs, 'sluice.cjs'),
      '--socket',
      join(this.#state, 'control.sock'),
    ];
    return this.sh([...quoted, ...words].map((word) => `'${word}'`).join(' '), '/');
  }

  async json(...words: string[]): Promise<unknown> {
    const { code, stdout, stderr } = await this.sluice(...words, '--json');
    if (code !== 0) throw new Error(`sluice ${words.join(' ')}: exit ${code}: ${stderr}${stdout}`);
    return JSON.parse(stdout);
  }

  /** Of the volume server. */
  serverPid(): number {
    const children = readFileSync(`/proc/${this.pid}/task/${this.pid}/children`, 'utf8').trim().split(' ');
    return Number(children[0]);
  }

  /** Its exit code. */
  async end(signal: NodeJS.Signals): Promise<number> {
    this.#child?.kill(signal);
    const late = setTimeout(() => this.#child?.kill('SIGKILL'), STOP_WITHIN_MS);
    const code = await this.#exited;
    clearTimeout(late);
    return code;
  }

  /** How often something is mounted on the mount point. */
  mounts(): number {
    const table = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return table.filter((line) => line.split(' ')[4] === this.mount).length;
  }

  /** Options of the mount and of its file system, and the type. */
  mountLine(): string {
    const table = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
    return table.find((line) => line.split(' ')[4] === this.mount) ?? '';
  }

  /** Names left behind in the state directory's place for scratch mounts. */
  scratch(): string[] {
    return readdirSync(join(this.#state, 'scratch'));
  }

  async remove(): Promise<void> {
    if (this.#child?.exitCode === null && this.#child.signalCode === null) await this.end('SIGTERM');
    this.#broker?.stdin?.end();
    for (let left = this.mounts(); left > 0; left--)
      spawnSync('/usr/bin/python3', ['-c', TAKE_OFF, this.mount]);
    rmSync(this.directory, { recursive: true, force: true });
  }
}
