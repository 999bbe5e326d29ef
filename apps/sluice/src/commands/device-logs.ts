import { spawn } from 'node:child_process';
import { InvalidArgumentError, type Command } from 'commander';
import type { Start } from '../context.ts';
import { EXIT } from '../exit-codes.ts';
import { onDevices, withDevices, type DeviceOptions, type OneDevice } from '../device/on-devices.ts';
import { printable } from '../terminal.ts';

interface LogOptions extends DeviceOptions {
  follow?: boolean;
  lines: number;
}

export function addDeviceLogs(parent: Command, start: Start): void {
  withDevices(parent.command('logs'), false)
    .description("the end of the daemon's log, JSON lines, and what it said when it last started")
    .option('-f, --follow', 'go on with what comes, until Ctrl-C')
    .option('-n, --lines <n>', 'so many of the last, 1 to 100000', count, 100)
    .addHelpText('after', '\nExamples:\n  sluice device logs\n  sluice device logs --follow -n 10\n')
    .action(async (options: LogOptions, command: Command) => {
      const context = start(command);
      const { PLACES, requireDeployed } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async (device) => {
          await requireDeployed(device.root);
          const last = `tail -n ${options.lines} ${PLACES.log}/sluiced.log 2> /dev/null`;
          if (options.follow === true) {
            const code = await follow(
              device,
              `exec tail -n ${options.lines} -f ${PLACES.log}/sluiced.log`,
              context.print,
            );
            if (code !== 0) context.exitWith(EXIT.failed);
            return { log: '', start: '' };
          }
          const startLog = `tail -n 20 ${PLACES.log}/start.log 2> /dev/null; true`;
          return { log: await device.root.text(`${last}; true`), start: await device.root.text(startLog) };
        },
        {
          text: ({ log, start: said }) =>
            safe(log) + (said === '' ? '' : safe(`-- at the last start:\n${said}`)),
          line: () => '',
        },
      );
    });
}

/** 0 when Ctrl-C ended it; else the stream broke off. */
function follow({ root, signal }: OneDevice, script: string, print: (text: string) => void): Promise<number> {
  const { path, env } = root.adb;
  return new Promise((resolve, reject) => {
    const words = ['-s', root.serial, 'shell', '-T', root.command(script)];
    const tail = spawn(path, words, { env, stdio: ['ignore', 'pipe', 'inherit'] });
    signal.addEventListener('abort', () => tail.kill());
    tail.stdout.setEncoding('utf8').on('data', (text: string) => {
      print(safe(text));
    });
    tail.once('error', reject);
    tail.once('exit', () => {
      resolve(signal.aborted ? 0 : 1);
    });
  });
}

/** Line feeds stay; what a terminal would obey does not. */
function safe(text: string): string {
  return text.split('\n').map(printable).join('\n');
}

function count(text: string): number {
  const value = /^\d{1,6}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 100_000) throw new InvalidArgumentError('Give a whole number from 1 to 100000.');
  return value;
}
