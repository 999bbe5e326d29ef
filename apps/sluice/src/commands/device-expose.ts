import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { withControl } from '../device/control.ts';
import { exposeForApps } from '../device/exposing.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';
import { CommandFailure } from '../exit-codes.ts';
import { printable } from '../terminal.ts';

interface Options extends DeviceOptions {
  volume?: string;
  replaceDataMedia?: boolean;
  undo?: boolean;
}

export function addDeviceExpose(parent: Command, start: Start): void {
  withDevices(parent.command('expose'))
    .argument('[path]', "below the owner's shared storage, as in Sluice or Pictures/Sluice")
    .description(
      'let apps see a volume where they look for shared storage, checked from a namespace like theirs',
    )
    .option('--replace-data-media', 'instead of all shared storage')
    .option('--volume <name>', 'may be left out when there is one volume')
    .option('--undo', 'take it away again from all places')
    .addHelpText(
      'after',
      [
        '',
        'stop, remove and a reboot undo it as well; start does it again, a reboot does not.',
        '',
        'Examples:',
        '  sluice device expose Sluice',
        '  sluice device expose --replace-data-media',
        '  sluice device expose --undo',
        '',
      ].join('\n'),
    )
    .action(async (path: string | undefined, options: Options, command: Command) => {
      const context = start(command);
      const { undo = false, volume, replaceDataMedia } = options;
      if (undo === (path !== undefined || replaceDataMedia === true))
        throw new CommandFailure('give a place, --replace-data-media, or --undo');
      const { repair, requireDeployed, unexpose } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root }) => {
          await repair(root);
          await requireDeployed(root);
          if (undo) {
            await unexpose(root);
            return { exposed: [] };
          }
          const { volumes } = await withControl(root, (client) => client.status());
          const wish = {
            ...(path === undefined ? {} : { expose: path }),
            ...(replaceDataMedia === undefined ? {} : { replaceDataMedia }),
            ...(volume === undefined ? {} : { volume }),
          };
          return { exposed: await exposeForApps(root, wish, volumes) };
        },
        {
          text: ({ exposed }) =>
            exposed.length === 0
              ? 'apps see their storage as before\n'
              : exposed.map((place) => `apps see it at ${printable(place)}\n`).join(''),
          line: ({ exposed }) => (exposed.length === 0 ? 'undone' : `at ${exposed.length} places`),
        },
      );
    });
}
