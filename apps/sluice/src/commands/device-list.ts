import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { adbPathOf } from '../device/adb-path.ts';
import { table } from '../output.ts';
import { printable } from '../terminal.ts';

export function addDeviceList(parent: Command, start: Start): void {
  parent
    .command('list')
    .description('the devices that adb sees')
    .option('--adb <program>', 'the adb program (default: the variable ADB, else adb)')
    .addHelpText('after', '\nExamples:\n  sluice device list\n  sluice device list --json\n')
    .action(async ({ adb }: { adb?: string }, command: Command) => {
      const context = start(command);
      const { terminal, style } = context;
      const { adbProgram, listDevices } = await import('@sluice/device');
      const devices = await listDevices(adbProgram(adbPathOf(adb, terminal), terminal.env));
      if (context.asJson) context.printJson(devices);
      else if (devices.length === 0)
        context.print('No device. Plug one in with USB debugging switched on, or: adb connect HOST:PORT\n');
      else {
        const rows = devices.map(({ serial, state, model }) => [serial, state, model].map(printable));
        context.print(table(style, ['SERIAL', 'STATE', 'MODEL'], rows));
      }
    });
}
