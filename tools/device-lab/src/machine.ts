/**
 * One virtual machine: booted, given commands, ended. It ends with the process that booted it, however that dies: the
 * kernel kills QEMU with its parent, the agent switches off when its port is hung up, and the machine has a lifetime.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { Channel } from './channel.ts';
import type { GuestResult } from './channel.ts';
import { makeExt4 } from './disk-image.ts';
import { LabFailure, reasonOf } from './failure.ts';
import { makeInitramfs } from './initramfs.ts';
import { makeHome } from './machine-home.ts';
import { modulesInOrder, modulesOf } from './kernel-modules.ts';
import type { Kernel } from './kernels.ts';
import type { Lab } from './lab.ts';
import { qemuArguments } from './qemu.ts';
import { makeRepositoryImage } from './repository-images.ts';

/** What every machine needs before it has a root disk, and what tests mount. */
const MODULES = ['virtio_pci', 'virtio_blk', 'virtio_console', 'loop', 'overlay', 'fuse'];
const BOOT_WITHIN_S = 180;
const OFF_WITHIN_MS = 10_000;
const DEFAULT_TIMEOUT_S = 120;

export interface MachineOptions {
  kernel: Kernel;
  /** More modules of the kernel's own to load. */
  modules?: readonly string[];
  memoryMib?: number;
  /** Size of /var/tmp, a sparse ext4 disk. */
  scratchMib?: number;
  /** Files to find beneath /sluice: path there to path here. */
  files?: Readonly<Record<string, string>>;
  /** The machine ends by itself after so long. */
  lifetimeSeconds?: number;
  /** Where the console goes if the boot fails or {@link Machine.keepConsole} is called. */
  consoleDirectory?: string;
  name: string;
}

export interface CommandOptions {
  cwd?: string;
  env?: Readonly<Record<string, string>>;
  timeoutSeconds?: number;
}

export interface Machine {
  release: string;
  /** From QEMU's start until the agent answered. */
  bootMs: number;
  run(argv: readonly string[], options?: CommandOptions): Promise<GuestResult>;
  /** The same for a script of bash. */
  sh(script: string, options?: CommandOptions): Promise<GuestResult>;
  console(): string;
  /** Copies the console's log to the console directory; its path there. */
  keepConsole(): string;
  /** Switches the machine off and removes what was made for it. */
  stop(): Promise<void>;
}

export async function bootMachine(lab: Lab, options: MachineOptions): Promise<Machine> {
  const home = makeHome();
  const log = join(home.path, 'console.log');
  writeFileSync(log, '');
  const console = (): string => readFileSync(log, 'latin1');
  const keepConsole = (): string => {
    const directory = options.consoleDirectory ?? join(lab.cache, 'consoles');
    mkdirSync(directory, { recursive: true });
    const kept = join(directory, `${options.name}.log`);
    copyFileSync(log, kept);
    return kept;
  };
  let qemu: ChildProcess | undefined;
  let exited: Promise<void> = Promise.resolve();
  const cleanUp = async (): Promise<void> => {
    qemu?.kill('SIGKILL');
    await exited;
    home.remove();
  };
  try {
    const socketPath = join(home.path, 'port');
    const disks = await makeDisks(lab, home.path, options);
    const initramfs = await writeInitramfs(home.path, lab.busybox, options);
    const began = performance.now();
    const { memoryMib = 2048, kernel } = options;
    const words = qemuArguments({
      ...{ kernel: kernel.image, initramfs, memoryMib, disks },
      ...{ socket: socketPath, console: log },
    });
    let said = '';
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-x86_64', ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    qemu = started;
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4096)));
    exited = new Promise((resolve) => {
      started.once('exit', () => { resolve(); }).once('error', (error) => { said = error.message; resolve(); }); // prettier-ignore
    });
    const channel = new Channel(await connectWhenThere(socketPath, started, () => said));
    const release = await within(BOOT_WITHIN_S, channel.ready, 'the agent did not answer').catch(
      (error: unknown) => {
        throw new LabFailure(
          `${options.name}: ${reasonOf(error)} (${said.trim()}); its console: ${keepConsole()}\n${console().slice(-2000)}`,
        );
      },
    );
    const run = (argv: readonly string[], command: CommandOptions = {}): Promise<GuestResult> => {
      const { timeoutSeconds: timeout = DEFAULT_TIMEOUT_S, ...rest } = command;
      return channel.run({ argv, timeout, ...rest });
    };
    return {
      ...{ release, bootMs: performance.now() - began, run, console, keepConsole },
      sh: (script, command) => run(['bash', '-c', script], command),
      stop: async () => {
        channel.end();
        await Promise.race([exited, sleep(OFF_WITHIN_MS, undefined, { ref: false })]);
        await cleanUp();
      },
    };
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

async function makeDisks(
  lab: Lab,
  home: string,
  { files = {}, scratchMib = 4096 }: MachineOptions,
): Promise<{ path: string; readOnly: boolean }[]> {
  const repository = join(home, 'repository.ext4');
  const scratch = join(home, 'scratch.ext4');
  await Promise.all([makeRepositoryImage(repository, files), makeExt4(scratch, scratchMib)]);
  return [
    { path: lab.root, readOnly: true },
    { path: repository, readOnly: false },
    { path: lab.packages, readOnly: true },
    { path: scratch, readOnly: false },
  ];
}

async function writeInitramfs(home: string, busybox: Buffer, options: MachineOptions): Promise<string> {
  const { kernel, modules = [], lifetimeSeconds = 3600 } = options;
  const files = await modulesInOrder([...MODULES, ...modules], modulesOf(kernel.modules));
  const path = join(home, 'initramfs.gz');
  // Speed over size: the machine unpacks it under emulation.
  writeFileSync(path, gzipSync(makeInitramfs(busybox, files, lifetimeSeconds), { level: 1 }));
  return path;
}

async function connectWhenThere(path: string, qemu: ChildProcess, said: () => string): Promise<Socket> {
  for (;;) {
    if (qemu.exitCode !== null || qemu.signalCode !== null || qemu.pid === undefined)
      throw new LabFailure(`QEMU did not start: ${said()}`);
    const socket = await new Promise<Socket | undefined>((resolve) => {
      const attempt = connect(path);
      attempt.once('connect', () => {
        attempt.removeAllListeners('error');
        resolve(attempt);
      });
      attempt.once('error', () => {
        resolve(undefined);
      });
    });
    if (socket !== undefined) return socket;
    await sleep(20);
  }
}

async function within<T>(seconds: number, promise: Promise<T>, failure: string): Promise<T> {
  const late = new AbortController();
  const timeout = sleep(seconds * 1000, undefined, { signal: late.signal }).then(() => {
    throw new LabFailure(`${failure} within ${seconds} s`);
  });
  timeout.catch(() => undefined);
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    late.abort();
  }
}
