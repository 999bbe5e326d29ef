import { InvalidArgumentError, Option, type Command } from 'commander';
import type { Explanation } from '@sluice/control';
import type { Start } from '../context.ts';
import { table, type Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { formatBytes, parseSize } from '../units.ts';

interface ExplainOptions {
  access: 'read' | 'write';
  size?: number;
  uid?: number;
  volume: string;
}

export function addExplain(parent: Command, start: Start): void {
  parent
    .command('explain')
    .argument('<path>', 'in the volume, or absolute beneath its mount point or source')
    .description('what policy decides for a file, by which rule, and what an open would get now')
    .addOption(
      new Option('--access <access>', 'what the open is for').choices(['read', 'write']).default('read'),
    )
    .option('--size <size>', "as if the file were this big (4096, 1MiB); default: the file's own", size)
    .option('--uid <n>', 'as if this user opened it; default: you', uid)
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice explain DCIM/Camera/video.mp4',
        '  sluice explain /mnt/photos/new.bin --access write --size 1MiB --uid 10057',
        '',
      ].join('\n'),
    )
    .action(async (path: string, options: ExplainOptions, command: Command) => {
      const context = start(command);
      const request = {
        volume: options.volume,
        path,
        access: options.access,
        uid: options.uid ?? context.terminal.uid,
        ...(options.size === undefined ? {} : { size: options.size }),
      };
      const explanation = await context.daemon((client) => client.explain(request));
      if (context.asJson) context.printJson(explanation);
      else context.print(explanationText(context.style, explanation));
    });
}

function explanationText(style: Style, explanation: Explanation): string {
  const { rule, size: bytes, policyVersion } = explanation;
  const by = rule === 'default' ? 'no rule matched' : `rule ${printable(rule)}`;
  const rows = [
    [
      style.dim('policy'),
      style.bold(printable(explanation.action)),
      `${by} (${printable(explanation.reason)}), ${formatBytes(bytes)}, policy version ${policyVersion}`,
    ],
    [style.dim('now'), style.bold(printable(explanation.outcome)), printable(explanation.outcomeReason)],
  ];
  const title = `${style.bold(printable(explanation.path))} in ${printable(explanation.volume)}\n`;
  return title + table(style, [], rows);
}

function size(text: string): number {
  const bytes = parseSize(text);
  if (bytes === undefined) {
    throw new InvalidArgumentError('Give bytes, or a size such as 64KiB, 1MiB, 1.5GiB, 2MB.');
  }
  return bytes;
}

function uid(text: string): number {
  const value = /^\d{1,10}$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 0xffff_ffff)) throw new InvalidArgumentError('Give a user id, 0 to 4294967295.');
  return value;
}
