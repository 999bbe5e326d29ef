import type { Command } from 'commander';
import type { Caller } from '@sluice/control';
import type { Start } from '../context.ts';
import { table } from '../output.ts';
import { printable } from '../terminal.ts';

export function addPolicyHistory(parent: Command, start: Start): void {
  parent
    .command('history')
    .description('the versions that are kept, at most 100, the newest first')
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText('after', '\nExamples:\n  sluice policy history\n  sluice policy history --json\n')
    .action(async ({ volume }: { volume: string }, command: Command) => {
      const context = start(command);
      const versions = await context.daemon((client) => client.listPolicyVersions(volume));
      if (context.asJson) {
        context.printJson(versions);
        return;
      }
      const { style } = context;
      const rows = versions.map((each) => [
        each.inForce ? style.green(`${each.version} *`) : String(each.version),
        new Date(each.appliedAtMs).toISOString(),
        callerWords(each.appliedBy),
        printable(each.name) + (each.rollbackOf > 0 ? style.dim(` (rolled back to ${each.rollbackOf})`) : ''),
        each.digest.slice(0, 12),
        printable(each.why),
      ]);
      context.print(table(style, ['VERSION', 'APPLIED', 'BY', 'POLICY', 'DIGEST', 'WHY'], rows));
    });
}

export function callerWords({ uid, pid, program }: Caller): string {
  const name = program === '' ? '' : `${printable(program)} `;
  return `${name}uid ${uid}${pid === 0 ? '' : ` pid ${pid}`}`;
}
