import { InvalidArgumentError, type Command } from 'commander';
import type { PolicyEvent } from '@sluice/control';
import type { Start } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import type { Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { callerWords } from './policy-history.ts';

interface WatchOptions {
  volume: string;
  after?: number;
  events?: number;
}

export function addPolicyWatch(parent: Command, start: Start): void {
  parent
    .command('watch')
    .description('each change of the policy as it happens, until Ctrl-C')
    .option('--after <version>', 'first what has happened since this version; 0: all that is kept', whole)
    .option('--events <n>', 'end after so many', whole)
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText('after', '\nExamples:\n  sluice policy watch\n  sluice policy watch --after 3 --json\n')
    .action(async ({ volume, after, events }: WatchOptions, command: Command) => {
      const context = start(command);
      const leave = new AbortController();
      const ended = context.terminal.onInterrupt(() => leave.abort());
      let seen = 0;
      try {
        await context.daemon(async (client) => {
          for await (const event of client.watchPolicy(volume, after, leave.signal)) {
            // A line each, also as JSON, so that scripts need not wait for an end that never comes.
            context.print(context.asJson ? `${JSON.stringify(event)}\n` : eventLine(context.style, event));
            if (++seen === events) leave.abort();
          }
        });
      } finally {
        ended();
      }
      if (!leave.signal.aborted) {
        context.terminal.err('the volume is gone\n');
        context.exitWith(EXIT.failed);
      }
    });
}

function eventLine(style: Style, event: PolicyEvent): string {
  const { kind, atMs, volume, version, name, by, why, rollbackOf, message } = event;
  const at = style.dim(new Date(atMs).toISOString());
  const words = {
    applied: `version ${version} is in force`,
    'rolled-back': `version ${version}, rolled back to ${rollbackOf}, is in force`,
    refused: `${style.red('refused')}: ${printable(message)}; version ${version} stays`,
    recompiled: `version ${version}, compiled again, is in force`,
  }[kind];
  const reason = why === '' ? '' : `: ${printable(why)}`;
  return `${at} ${printable(volume)}: ${printable(name)}, ${words} (${callerWords(by)})${reason}\n`;
}

function whole(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) throw new InvalidArgumentError('Give a whole number, from 0.');
  return value;
}
