import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { withControl } from '../device/control.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';

interface Options extends DeviceOptions {
  output?: string;
  hashPaths?: boolean;
}

export function addDeviceCollect(parent: Command, start: Start): void {
  withDevices(parent.command('collect'), false)
    .description(
      'what a bug report needs, into one archive on this side: facts, status, logs, configuration, mounts',
    )
    .option('-o, --output <file>', 'a .tar.gz (default: sluice-SERIAL.tar.gz)')
    .option('--hash-paths', 'replace names of files and directories by keyed hashes; the key is not kept')
    .addHelpText(
      'after',
      '\nLook into it before you send it.\n\nExamples:\n  sluice device collect --hash-paths\n  sluice device collect -o bug.tar.gz\n',
    )
    .action(async (options: Options, command: Command) => {
      const context = start(command);
      const { collectFrom, pathHasher, readFacts, readInstalled, writeArchive } =
        await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root, serial }) => {
          const top = `sluice-${serial.replace(/[^\w.-]/g, '_')}`;
          const file = resolve(context.terminal.cwd, options.output ?? `${top}.tar.gz`);
          const files = await collectFrom(root);
          const put = (name: string, value: unknown): void =>
            void files.set(name, `${JSON.stringify(value, null, 2)}\n`);
          put('facts.json', await readFacts(root));
          const installed = await readInstalled(root);
          put('installed.json', installed);
          if (installed.pid !== undefined) {
            // A daemon that does not answer is what such a report may be about.
            await withControl(root, async (client) => {
              put('status.json', await client.status());
              put('stats.json', await client.stats(''));
            }).catch((error: unknown) => {
              put('unanswered.json', { error: error instanceof Error ? error.message : String(error) });
            });
          }
          const hash = options.hashPaths === true ? pathHasher() : (text: string) => text;
          await writeArchive(file, top, new Map([...files].map(([name, text]) => [name, hash(text)])));
          return { file, files: [...files.keys()].sort() };
        },
        { text: ({ file, files }) => `${file}: ${files.join(', ')}\n`, line: ({ file }) => file },
      );
    });
}
