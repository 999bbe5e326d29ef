import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { printable } from '../terminal.ts';

export function addPolicyGet(parent: Command, start: Start): void {
  parent
    .command('get')
    .description('the text of the policy in force')
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy get\n  sluice policy get --volume photos > photos.yaml\n',
    )
    .action(async ({ volume }: { volume: string }, command: Command) => {
      const context = start(command);
      const policy = await context.daemon((client) => client.getPolicy(volume));
      if (context.asJson) {
        context.printJson(policy);
        return;
      }
      // Beside the text, not in it: what goes into a file is the policy and nothing else.
      const applied = new Date(policy.appliedAtMs).toISOString();
      context.terminal.err(
        `${printable(policy.volume)}: ${printable(policy.name)}, version ${policy.version}, applied ${applied}\n`,
      );
      context.print(context.terminal.colour ? harmless(policy.text) : policy.text);
      if (!policy.text.endsWith('\n')) context.print('\n');
    });
}

function harmless(text: string): string {
  return text
    .split(/\r?\n/)
    .map((line) => line.split('\t').map(printable).join('\t'))
    .join('\n');
}
