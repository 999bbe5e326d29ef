import type { Command } from 'commander';
import type { PolicyDifference, RuleDifference } from '@sluice/control';
import type { Start } from '../context.ts';
import type { Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { version } from './policy-apply.ts';

export function addPolicyDiff(parent: Command, start: Start): void {
  parent
    .command('diff')
    .argument('[from]', 'default: the version before that in force', version)
    .argument('[to]', 'default: the version in force', version)
    .description('what is different between two versions: lines, and rules')
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText('after', '\nExamples:\n  sluice policy diff\n  sluice policy diff 3 5\n')
    .action(
      async (
        from: number | undefined,
        to: number | undefined,
        { volume }: { volume: string },
        command: Command,
      ) => {
        const context = start(command);
        const difference = await context.daemon((client) => client.diffPolicies(volume, from ?? 0, to ?? 0));
        if (context.asJson) context.printJson(difference);
        else context.print(differenceText(context.style, difference));
      },
    );
}

function differenceText(
  style: Style,
  { fromVersion, toVersion, textDiff, textCut, rules }: PolicyDifference,
): string {
  if (textDiff === '' && rules.length === 0) return `versions ${fromVersion} and ${toVersion} are the same\n`;
  const lines = textDiff
    .split('\n')
    .slice(0, -1)
    .map((line) => `${colourOf(style, line)(shown(line))}\n`);
  const cut = textCut ? `${style.yellow('note')}: the rest of the differences is left out\n` : '';
  const words = rules.map((rule) => `${ruleWords(style, rule)}\n`);
  return lines.join('') + cut + (words.length === 0 ? '' : `\n${words.join('')}`);
}

function colourOf(style: Style, line: string): (text: string) => string {
  if (line.startsWith('@@')) return style.cyan;
  if (line.startsWith('+')) return style.green;
  return line.startsWith('-') ? style.red : String;
}

function shown(line: string): string {
  return line.split('\t').map(printable).join('\t');
}

function ruleWords(style: Style, { kind, id, fromPosition, toPosition }: RuleDifference): string {
  const rule = `rule ${style.bold(printable(id))}`;
  switch (kind) {
    case 'added':
      return `${rule} is new, at position ${toPosition}`;
    case 'removed':
      return `${rule} is gone; it was at position ${fromPosition}`;
    case 'changed':
      return `${rule} has changed`;
    case 'moved':
      return `${rule} has moved from position ${fromPosition} to ${toPosition}`;
  }
}
