import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { printable } from '../terminal.ts';

const UNMOUNT_DEADLINE_MS = 30_000;

export function addVolumeRemove(parent: Command, start: Start): void {
  parent
    .command('remove')
    .argument('<name>', 'the volume')
    .description('unmount a volume and forget it; the files in its source stay')
    .option('--force', 'even while files on it are open', false)
    .addHelpText(
      'after',
      '\nExamples:\n  sluice volume remove photos\n  sluice volume remove photos --force\n',
    )
    .action(async (name: string, { force }: { force: boolean }, command: Command) => {
      const context = start(command);
      await context.daemon((client) => client.removeVolume(name, force), UNMOUNT_DEADLINE_MS);
      if (context.asJson) context.printJson({ removed: name });
      else context.print(`${context.style.bold(printable(name))}: removed\n`);
    });
}
