import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { volumeLines, withControl } from '../device/control.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';
import { printable } from '../terminal.ts';

export function addDeviceRollback(parent: Command, start: Start): void {
  withDevices(parent.command('rollback'))
    .description('go back to the version before, and to its configuration if the last deployment changed it')
    .addHelpText('after', '\nExamples:\n  sluice device rollback\n  sluice device rollback --all\n')
    .action(async (options: DeviceOptions, command: Command) => {
      const context = start(command);
      const { DeviceFailure, repair, requireDeployed, rollBack } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root, signal }) => {
          await repair(root);
          const installed = await requireDeployed(root);
          const { current, previous } = installed;
          if (previous === undefined)
            throw new DeviceFailure('not-deployed', `${root.serial} has no version before ${current}`, {
              advice: 'sluice device deploy --bundle FILE puts any version there',
            });
          await rollBack(root, { ...installed, previous }, signal);
          const { volumes } = await withControl(root, (client) => client.status());
          return { version: previous, previous: current, volumes };
        },
        {
          text: ({ version, previous, volumes }) =>
            `${version} serves again; ${previous} is kept\n` +
            volumeLines(volumes)
              .map((line) => `  ${printable(line)}\n`)
              .join(''),
          line: ({ version }) => `${version} serves again`,
        },
      );
    });
}
