import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';

export function addDeviceRemove(parent: Command, start: Start): void {
  withDevices(parent.command('remove'))
    .description(
      'take Sluice off the device, and look that no mount, process or file is left; the files in volumes stay',
    )
    .option('--keep-state', 'leave policies, logs and the configuration')
    .addHelpText('after', '\nExamples:\n  sluice device remove\n  sluice device remove --keep-state\n')
    .action(async (options: DeviceOptions & { keepState?: boolean }, command: Command) => {
      const context = start(command);
      const { remove, repair } = await import('@sluice/device');
      const { keepState = false } = options;
      const words = keepState ? 'removed, but for state and configuration' : 'removed';
      await onDevices(
        context,
        options,
        async ({ root }) => {
          await repair(root);
          await remove(root, keepState);
          return { removed: true, keptState: keepState };
        },
        { text: () => `${words}; no mount, process or other file is left\n`, line: () => words },
      );
    });
}
