/** Runs a command on the devices that are meant, and shows what came of it on each. */
import type { Command } from 'commander';
import type { DeviceFailure, RootShell } from '@sluice/device';
import type { Context } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { printable } from '../terminal.ts';
import { adbPathOf } from './adb-path.ts';

export interface DeviceOptions {
  serial: string[];
  all?: boolean;
  adb?: string;
}

export interface OneDevice {
  serial: string;
  root: RootShell;
  signal: AbortSignal;
  /** It is the only one, so there is room for more than a line. */
  alone: boolean;
}

export interface Shown<T> {
  /** For one device: whole lines. */
  text(value: T): string;
  /** For one of several: the rest of a line. */
  line(value: T): string;
}

/** The options that all commands about devices have. */
export function withDevices(command: Command, several = true): Command {
  const collect = (given: string, before: string[]): string[] => [...before, given];
  command
    .option(
      '-s, --serial <serial>',
      several ? 'this device; may be given more than once' : 'this device',
      collect,
      [],
    )
    .option('--adb <program>', 'the adb program (default: the variable ADB, else adb)');
  return several ? command.option('--all', 'all devices that are connected') : command;
}

/** With one device a failure is the command's; with several each has its line, and one failure makes the exit code 1. */
export async function onDevices<T extends object>(
  context: Context,
  options: DeviceOptions,
  act: (device: OneDevice) => Promise<T>,
  shown: Shown<T>,
): Promise<void> {
  const { terminal } = context;
  const { adbProgram, chooseDevices, listDevices, openRootShell, requireUsable } =
    await import('@sluice/device');
  const adb = adbProgram(adbPathOf(options.adb, terminal), terminal.env);
  const listed = await listDevices(adb);
  const serials = chooseDevices(listed, options.serial, options.all === true);
  const alone = serials.length === 1 && options.all !== true;
  const leave = new AbortController();
  const ended = terminal.onInterrupt(() => leave.abort());
  const one = async (serial: string): Promise<T> => {
    requireUsable(listed, serial);
    const root = await openRootShell(adb, serial, leave.signal);
    return act({ serial, root, signal: leave.signal, alone });
  };
  try {
    if (alone) {
      const value = await one(serials[0] ?? '');
      if (context.asJson) context.printJson({ serial: serials[0], ...value });
      else context.print(shown.text(value));
      return;
    }
    const results = await Promise.all(serials.map((serial) => attempt(context, serial, one, shown)));
    if (context.asJson) context.printJson(results);
    if (results.some(({ ok }) => !ok)) context.exitWith(EXIT.failed);
  } finally {
    ended();
  }
}

type Attempt<T> = {
  serial: string;
  ok: boolean;
  error?: { code: string; message: string; state: string };
} & Partial<T>;

/** The line appears as soon as the device is through. */
async function attempt<T extends object>(
  { asJson, print, style }: Context,
  serial: string,
  one: (serial: string) => Promise<T>,
  shown: Shown<T>,
): Promise<Attempt<T>> {
  const say = (word: string, rest: string): void => {
    if (!asJson) print(`${printable(serial)}  ${word}  ${rest}\n`);
  };
  try {
    const value = await one(serial);
    say(style.green('ok'), shown.line(value));
    return { serial, ok: true, ...value };
  } catch (error) {
    const message = messageOf(error);
    say(style.red('failed'), printable(message));
    const { kind = 'internal', state = 'as-before' } = error as Partial<DeviceFailure>;
    return { serial, ok: false, error: { code: kind, message, state } } as Attempt<T>;
  }
}

function messageOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error.name === 'DeviceFailure' ? (error as DeviceFailure).told : error.message;
}
