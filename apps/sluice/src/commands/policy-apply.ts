import { InvalidArgumentError, type Command } from 'commander';
import type { AppliedPolicy, ApplyOptions } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { diagnosticLine } from '../output.ts';
import { changeText } from '../policy-change-text.ts';
import { policyFromFileOrPreset, presetNames } from '../policy-source.ts';
import { printable } from '../terminal.ts';

/** A million nodes take some seconds to be looked at. */
export const CHANGE_DEADLINE_MS = 130_000;

export interface ChangeOptions {
  volume: string;
  why?: string;
  dryRun?: boolean;
  ifVersion?: number;
}

export function addPolicyApply(parent: Command, start: Start): void {
  withChangeOptions(
    parent
      .command('apply')
      .argument('<file|preset>', `a policy's file, or ${presetNames()}`)
      .description('put a policy in force, from the next request on; a broken one changes nothing'),
  )
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice policy apply media.yaml --why "photos of the camera are private"',
        '  sluice policy apply media.yaml --dry-run',
        '  sluice policy apply big-files --volume photos --if-version 3',
        '',
      ].join('\n'),
    )
    .action(async (given: string, options: ChangeOptions, command: Command) => {
      const context = start(command);
      const { text, fileName } = policyFromFileOrPreset(given, context.terminal.cwd);
      const applied = await context.daemon(
        (client) => client.applyPolicy(options.volume, text, fileName, applyOptions(options)),
        CHANGE_DEADLINE_MS,
      );
      reportChange(context, applied, options.dryRun === true);
    });
}

/** What `apply` and `rollback` have in common. */
export function withChangeOptions(command: Command): Command {
  return command
    .option('--dry-run', 'tell what would change, and change nothing')
    .option('--why <text>', 'kept with the version, at most 1024 bytes')
    .option('--if-version <n>', 'only if this version is in force', version)
    .option('--volume <name>', 'may be left out when there is one volume', '');
}

export function applyOptions({ why, dryRun, ifVersion }: ChangeOptions): ApplyOptions {
  return {
    ...(why === undefined ? {} : { why }),
    ...(dryRun === true ? { dryRun } : {}),
    ...(ifVersion === undefined ? {} : { expectedVersion: ifVersion }),
  };
}

export function reportChange(context: Context, applied: AppliedPolicy, dryRun: boolean): void {
  if (context.asJson) {
    context.printJson(applied);
    return;
  }
  const { style, terminal, print } = context;
  for (const warning of applied.warnings) terminal.err(diagnosticLine(style, warning));
  const name = style.bold(printable(applied.volume));
  const policy = `policy ${printable(applied.name)}`;
  if (dryRun) print(`${name}: ${policy} would be version ${applied.version}; nothing was changed\n`);
  else print(`${name}: ${policy}, version ${applied.version}, is in force\n`);
  print(changeText(style, applied.change, dryRun));
}

/** A version of a policy: a whole number from 1. */
export function version(text: string): number {
  const value = /^[1-9]\d{0,9}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) throw new InvalidArgumentError('Give the number of a version, from 1.');
  return value;
}
