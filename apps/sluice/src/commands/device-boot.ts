import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { moduleFile } from '../device/bundle-file.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';
import { CommandFailure } from '../exit-codes.ts';

interface Options extends DeviceOptions {
  on?: boolean;
  off?: boolean;
  module?: string;
}

export function addDeviceBoot(parent: Command, start: Start): void {
  withDevices(parent.command('boot'))
    .description("install the root manager's module, which starts the daemon at each boot, or remove it")
    .option('--on', 'from the next boot on')
    .option('--off', 'no longer; the daemon goes on until the device is switched off')
    .option('--module <zip>', 'the module (default: what npm run package:module makes)')
    .addHelpText('after', '\nExamples:\n  sluice device boot --on\n  sluice device boot --off --all\n')
    .action(async (options: Options, command: Command) => {
      const context = start(command);
      const { on = false, off = false } = options;
      if (on === off) throw new CommandFailure('give either --on or --off');
      const { notAtBoot, requireDeployed, startAtBoot } = await import('@sluice/device');
      const words = on ? 'starts at boot' : 'does not start at boot';
      await onDevices(
        context,
        options,
        async ({ root }) => {
          await requireDeployed(root);
          if (on) await startAtBoot(root, moduleFile(options.module, context.terminal.cwd));
          else await notAtBoot(root);
          return { startsAtBoot: on };
        },
        { text: () => `sluiced ${words}\n`, line: () => words },
      );
    });
}
