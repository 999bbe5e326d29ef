import type { Command } from 'commander';
import type { PolicyDiagnostic } from '@sluice/control';
import type { Start } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { diagnosticLine } from '../output.ts';
import { readPolicyFile } from '../policy-source.ts';
import { printable } from '../terminal.ts';

interface TestOptions {
  packages?: string;
  foldNames?: boolean;
}

interface FileResult {
  file: string;
  passed: number;
  failed: PolicyDiagnostic[];
  diagnostics: PolicyDiagnostic[];
}

export function addPolicyTest(parent: Command, start: Start): void {
  parent
    .command('test')
    .argument('<file...>', 'policies with an expect: list')
    .description(
      'run the assertions that policies make about themselves; exit code 1 if any fails. Needs no daemon',
    )
    .option('--packages <file>', 'a packages.list, for rules about packages')
    .option('--fold-names', 'as on a volume where names that differ in case are one')
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy test media.yaml\n  sluice policy test policies/*.yaml --json\n',
    )
    .action(async (files: string[], { packages, foldNames = false }: TestOptions, command: Command) => {
      const context = start(command);
      const { testPolicy } = await import('../policy-offline.ts');
      const { cwd } = context.terminal;
      const results: FileResult[] = files.map((file) => {
        const { text, fileName } = readPolicyFile(file, cwd);
        return testPolicy(
          text,
          fileName,
          { foldNames, ...(packages === undefined ? {} : { packages }) },
          cwd,
        );
      });
      const isBad = ({ failed, diagnostics }: FileResult): boolean =>
        failed.length > 0 || diagnostics.some(({ severity }) => severity === 'error');
      if (results.some(isBad)) context.exitWith(EXIT.failed);
      if (context.asJson) {
        context.printJson(results);
        return;
      }
      for (const result of results) {
        for (const each of [...result.diagnostics, ...result.failed])
          context.print(diagnosticLine(context.style, each));
        const counts = `${result.passed} passed, ${result.failed.length} failed`;
        const word = isBad(result) ? context.style.red('failed') : context.style.green('ok');
        context.print(`${printable(result.file)}: ${word} (${counts})\n`);
      }
    });
}
