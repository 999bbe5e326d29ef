/** A shell as root, however this device gives one. */
import type { AdbProgram } from './adb-program.ts';
import { DeviceFailure } from './failure.ts';
import { asAdbd, runFramed, type ShellOptions, type ShellResult, type Wrap } from './framed-shell.ts';
import { shellWord } from './shell-quote.ts';

/** `adbd`: the daemon of adb is root itself. `su -c`: Magisk, KernelSU. `su 0`: userdebug builds. */
export type RootWay = 'adbd' | 'su -c' | 'su 0';

/** `other`: one that keeps modules where Magisk does. */
export type RootManager = 'magisk' | 'kernelsu' | 'other' | 'none';

export interface RootShell {
  serial: string;
  adb: AdbProgram;
  way: RootWay;
  manager: RootManager;
  /** An exit code is no failure. @throws DeviceFailure as `runFramed` does. */
  run(script: string, options?: ShellOptions): Promise<ShellResult>;
  /**
   * The standard output as text.
   *
   * @throws DeviceFailure `no-space` if the script fails for want of it, else `command-failed` with the script's own words.
   */
  text(script: string, options?: ShellOptions): Promise<string>;
  /** The words for `adb shell` that run a script as root, for streams that no result is expected of. */
  command(script: string): string;
}

const WAYS: readonly [RootWay, Wrap][] = [
  ['adbd', asAdbd],
  ['su -c', (script) => `su -c ${shellWord(script)}`],
  ['su 0', (script) => `su 0 sh -c ${shellWord(script)}`],
];

/** A `su` may ask the person in front of the device. */
const ASK_WITHIN_MS = 45_000;

/** ENOSPC as every C library says it, and so every program that may find the disk full: mkdir, cp, gzip, a shell. */
const NO_SPACE = /no space left/i;

const WHO = 'id -u';

/** Of a device with a root manager: its daemon's own words, or its folder. */
const MANAGER = `
if command -v magisk >/dev/null 2>&1 || [ -d /data/adb/magisk ]; then echo magisk
elif [ -e /data/adb/ksud ] || [ -d /data/adb/ksu ]; then echo kernelsu
elif [ -d /data/adb/modules ]; then echo other
else echo none; fi`;

/** @throws DeviceFailure `no-root`, or what adb says of the device. */
export async function openRootShell(
  adb: AdbProgram,
  serial: string,
  signal?: AbortSignal,
): Promise<RootShell> {
  for (const [way, wrap] of WAYS) {
    const run: RootShell['run'] = (script, options) =>
      runFramed(adb, serial, wrap, script, { signal, ...options });
    if (!(await givesRoot(run))) continue;
    const text: RootShell['text'] = async (script, options) => {
      const { code, stdout, stderr } = await run(script, options);
      if (code === 0) return stdout.toString();
      const purpose = options?.purpose ?? 'a command';
      if (NO_SPACE.test(stderr))
        throw new DeviceFailure('no-space', `${purpose} failed: no space is left on ${serial}`, {
          advice: 'free some space on the device and repeat the command',
        });
      const words = stderr.trim() || stdout.toString().trim().split('\n').at(-1) || `exit code ${code}`;
      throw new DeviceFailure('command-failed', `${purpose} failed on ${serial}: ${words}`);
    };
    const manager = (await text(MANAGER)).trim() as RootManager;
    return { serial, adb, way, manager, run, text, command: wrap };
  }
  throw new DeviceFailure(
    'no-root',
    `${serial} gives no root shell: adbd is not root, and there is no su that answers`,
    {
      advice:
        'root it with Magisk or KernelSU and allow the shell (com.android.shell) there, or use a userdebug build and adb root',
    },
  );
}

async function givesRoot(run: RootShell['run']): Promise<boolean> {
  try {
    const { code, stdout } = await run(WHO, { timeoutMs: ASK_WITHIN_MS, purpose: 'the question for root' });
    return code === 0 && stdout.toString().trim() === '0';
  } catch (error) {
    // A su that refuses, or that takes other words, ends without an answer; what is wrong with the device is wrong for all.
    if (error instanceof DeviceFailure && error.kind === 'command-failed') return false;
    throw error;
  }
}
