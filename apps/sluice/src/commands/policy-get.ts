import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { printable } from '../terminal.ts';
import { version } from './policy-apply.ts';
import { callerWords } from './policy-history.ts';

export function addPolicyGet(parent: Command, start: Start): void {
  parent
    .command('get')
    .description('the text of the policy in force, or of an earlier version')
    .option('--version <n>', 'default: the one in force', version)
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy get\n  sluice policy get --volume photos > photos.yaml\n  sluice policy get --version 3\n',
    )
    .action(async (options: { volume: string; version?: number }, command: Command) => {
      const context = start(command);
      const policy = await context.daemon((client) => client.getPolicy(options.volume, options.version ?? 0));
      if (context.asJson) {
        context.printJson(policy);
        return;
      }
      // Beside the text, not in it: what goes into a file is the policy and nothing else.
      const applied = `applied ${new Date(policy.appliedAtMs).toISOString()} by ${callerWords(policy.appliedBy)}`;
      const why = policy.why === '' ? '' : `: ${printable(policy.why)}`;
      context.terminal.err(
        `${printable(policy.volume)}: ${printable(policy.name)}, version ${policy.version}, ${applied}${why}\n`,
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
