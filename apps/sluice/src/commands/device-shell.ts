import { spawn } from 'node:child_process';
import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { withDevices, onDevices, type DeviceOptions } from '../device/on-devices.ts';

export function addDeviceShell(parent: Command, start: Start): void {
  withDevices(parent.command('shell'), false)
    .argument('[command...]', 'a program with its arguments, behind --; default: $SHELL')
    .description("a shell on this side in which sluice speaks to the device's daemon")
    .addHelpText(
      'after',
      [
        '',
        'SLUICE_SOCKET leads to the daemon on the device and ANDROID_SERIAL names the device, for adb, until the shell ends.',
        '',
        'Examples:',
        '  sluice device shell',
        '  sluice device shell -- sluice stats --json',
        '  sluice device shell -s emulator-5554 -- make check',
        '',
      ].join('\n'),
    )
    .action(async (words: string[], options: DeviceOptions, command: Command) => {
      const context = start(command);
      const { env, cwd } = context.terminal;
      const { openControlTunnel, requireDeployed } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root, serial }) => {
          await requireDeployed(root);
          const tunnel = await openControlTunnel(root);
          const [program = env['SHELL'] || '/bin/sh', ...rest] = words;
          try {
            const code = await new Promise<number>((resolve, reject) => {
              const child = spawn(program, rest, {
                cwd,
                stdio: 'inherit',
                env: { ...env, SLUICE_SOCKET: tunnel.socket, ANDROID_SERIAL: serial },
              });
              child.once('error', reject);
              child.once('exit', (status) => {
                resolve(status ?? 1);
              });
            });
            context.exitWith(code);
            return { code };
          } finally {
            await tunnel.close();
          }
        },
        { text: () => '', line: () => '' },
      );
    });
}
