import type { Command } from 'commander';
import type { Start } from '../context.ts';
import {
  CHANGE_DEADLINE_MS,
  applyOptions,
  reportChange,
  version,
  withChangeOptions,
  type ChangeOptions,
} from './policy-apply.ts';

export function addPolicyRollback(parent: Command, start: Start): void {
  withChangeOptions(
    parent
      .command('rollback')
      .argument('[version]', 'default: the one before that in force', version)
      .description('put an earlier version in force again, as a new version'),
  )
    .addHelpText(
      'after',
      '\nExamples:\n  sluice policy rollback\n  sluice policy rollback 3 --why "too slow"\n',
    )
    .action(async (to: number | undefined, options: ChangeOptions, command: Command) => {
      const context = start(command);
      const applied = await context.daemon(
        (client) => client.rollbackPolicy(options.volume, to ?? 0, applyOptions(options)),
        CHANGE_DEADLINE_MS,
      );
      reportChange(context, applied, options.dryRun === true);
    });
}
