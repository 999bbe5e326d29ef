import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { volumeTable } from './volume-table.ts';

export function addVolumeList(parent: Command, start: Start): void {
  parent
    .command('list')
    .description('the volumes, a line each')
    .addHelpText('after', '\nExamples:\n  sluice volume list\n  sluice volume list --json\n')
    .action(async (_options: object, command: Command) => {
      const context = start(command);
      const volumes = await context.daemon((client) => client.listVolumes());
      if (context.asJson) context.printJson(volumes);
      else if (volumes.length === 0) context.print('No volumes.\n');
      else context.print(volumeTable(context.style, volumes));
    });
}
