import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { volumeLines, withControl } from '../device/control.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';
import { repairWords } from '../device/repair-words.ts';
import { printable } from '../terminal.ts';

export function addDeviceStart(parent: Command, start: Start): void {
  withDevices(parent.command('start'))
    .description('start the deployed daemon, and bind again what apps saw')
    .addHelpText('after', '\nExamples:\n  sluice device start\n  sluice device start --all\n')
    .action(async (options: DeviceOptions, command: Command) => {
      const context = start(command);
      const { repair, requireDeployed, startDaemon } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root }) => {
          const repaired = await repair(root);
          const { current } = await requireDeployed(root);
          const was = await startDaemon(root);
          const status = await withControl(root, (client) => client.status());
          return {
            version: current,
            wasRunning: was === 'running' && repaired === 'nothing',
            repaired,
            volumes: status.volumes,
          };
        },
        {
          text: ({ version, wasRunning, repaired, volumes }) =>
            `${repairWords(repaired)}sluiced ${version} ${wasRunning ? 'runs already' : 'is started'}\n` +
            volumeLines(volumes)
              .map((line) => `  ${printable(line)}\n`)
              .join(''),
          line: ({ version, wasRunning }) => `${version} ${wasRunning ? 'runs already' : 'is started'}`,
        },
      );
    });
}

export function addDeviceStop(parent: Command, start: Start): void {
  withDevices(parent.command('stop'))
    .description('stop the daemon: apps see what they saw before, and nothing of ours stays mounted')
    .addHelpText('after', '\nExamples:\n  sluice device stop\n  sluice device stop -s emulator-5554\n')
    .action(async (options: DeviceOptions, command: Command) => {
      const context = start(command);
      const { repair, requireDeployed, stopDaemon } = await import('@sluice/device');
      const words = ({ wasRunning }: { wasRunning: boolean }): string =>
        wasRunning ? 'sluiced is stopped' : 'sluiced did not run';
      await onDevices(
        context,
        options,
        async ({ root }) => {
          await repair(root);
          await requireDeployed(root);
          return { wasRunning: (await stopDaemon(root)) === 'stopped' };
        },
        { text: (value) => `${words(value)}; nothing of it is mounted\n`, line: words },
      );
    });
}
