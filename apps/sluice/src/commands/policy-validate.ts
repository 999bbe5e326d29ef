import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { diagnosticLine } from '../output.ts';
import { readPolicyFile } from '../policy-source.ts';
import { printable } from '../terminal.ts';

export function addPolicyValidate(parent: Command, start: Start): void {
  parent
    .command('validate')
    .argument('<file>', 'the policy')
    .description('check a policy without applying it; exit code 1 if it is broken')
    .addHelpText('after', '\nExamples:\n  sluice policy validate media.yaml\n')
    .action(async (file: string, _options: object, command: Command) => {
      const context = start(command);
      const { text, fileName } = readPolicyFile(file, context.terminal.cwd);
      const diagnostics = await context.daemon((client) => client.validatePolicy(text, fileName));
      const broken = diagnostics.some(({ severity }) => severity === 'error');
      if (broken) context.exitWith(EXIT.failed);
      if (context.asJson) {
        context.printJson(diagnostics);
        return;
      }
      for (const diagnostic of diagnostics) context.print(diagnosticLine(context.style, diagnostic));
      if (!broken) context.print(`${printable(fileName)}: ${context.style.green('fine')}\n`);
    });
}
