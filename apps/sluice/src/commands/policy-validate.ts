import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { diagnosticLine } from '../output.ts';
import { readPolicyFile } from '../policy-source.ts';
import { printable } from '../terminal.ts';

interface ValidateOptions {
  expect?: boolean;
  volume: string;
}

export function addPolicyValidate(parent: Command, start: Start): void {
  parent
    .command('validate')
    .argument('<file>', 'the policy')
    .description('check a policy without applying it; exit code 1 if it is broken')
    .option('--expect', 'run its own assertions (expect:) too, as this daemon and volume would decide')
    .option('--volume <name>', 'the volume it is meant for', '')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy validate media.yaml\n  sluice policy validate media.yaml --expect\n',
    )
    .action(async (file: string, { expect = false, volume }: ValidateOptions, command: Command) => {
      const context = start(command);
      const { text, fileName } = readPolicyFile(file, context.terminal.cwd);
      const validation = await context.daemon((client) =>
        client.validatePolicy(text, fileName, { expectations: expect, volume }),
      );
      const { diagnostics, expectationsPassed, expectationsFailed } = validation;
      const broken =
        expectationsFailed.length > 0 || diagnostics.some(({ severity }) => severity === 'error');
      if (broken) context.exitWith(EXIT.failed);
      if (context.asJson) {
        context.printJson(expect ? validation : diagnostics);
        return;
      }
      for (const diagnostic of [...diagnostics, ...expectationsFailed])
        context.print(diagnosticLine(context.style, diagnostic));
      const held = expect ? `, ${expectationsPassed} expectations hold` : '';
      if (!broken) context.print(`${printable(fileName)}: ${context.style.green('fine')}${held}\n`);
    });
}
