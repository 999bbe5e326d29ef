import { InvalidArgumentError, type Command } from 'commander';
import { DEFAULT_STORAGE_OPTIONS } from '@sluice/control';
import type { RootShell } from '@sluice/device';
import type { Context, Start } from '../context.ts';
import { withControl } from '../device/control.ts';
import type { Figures } from '../device/measuring.ts';
import { onDevices, withDevices, type DeviceOptions } from '../device/on-devices.ts';
import type { Spread } from '../device/spread.ts';
import { CommandFailure } from '../exit-codes.ts';
import { table } from '../output.ts';

interface Options extends DeviceOptions {
  mib: number;
  rounds: number;
  seconds: number;
  lower?: string;
}

/** Volume and policy of each arm that the daemon serves. */
const SERVED = { passthrough: 'all', plain: 'none' } as const;
const UNMOUNT_PAUSE_MS = 500;

export function addDeviceBench(parent: Command, start: Start): void {
  withDevices(parent.command('bench'), false)
    .description(
      'files written and read on the device: natively, through a volume that passes through, and through one that does not',
    )
    .option('--mib <n>', 'size of the file, 1 to 1024', whole(1024), 32)
    .option('--rounds <n>', '1 to 100; each runs all three, in another order', whole(100), 5)
    .option('--seconds <n>', 'no round begins later, 1 to 600', whole(600), 60)
    .option(
      '--lower <dir>',
      'where on the device; a directory of its own is made there (default: /data/local/tmp)',
    )
    .addHelpText(
      'after',
      '\nExamples:\n  sluice device bench\n  sluice device bench --mib 256 --rounds 9 --json\n',
    )
    .action(async (options: Options, command: Command) => {
      const context = start(command);
      const { requireDeployed } = await import('@sluice/device');
      await onDevices(
        context,
        options,
        async ({ root }) => {
          await requireDeployed(root);
          return bench(root, options);
        },
        { text: (figures) => report(context, figures), line: () => '' },
      );
    });
}

async function bench(root: RootShell, { mib, rounds, seconds, lower }: Options): Promise<Figures> {
  const { MOUNTS, PLACES, shellCommand, shellWord, startDaemon } = await import('@sluice/device');
  await startDaemon(root);
  const base = `${lower ?? '/data/local/tmp'}/sluice-bench`;
  const names = Object.keys(SERVED) as (keyof typeof SERVED)[];
  const mounts = names.map((name) => `${MOUNTS}/bench-${name}`);
  const lowers = ['native', ...names].map((name) => `${base}/${name}`);
  const purpose = 'the preparation of the benchmark';
  const globally =
    'globally() { if [ "$(readlink /proc/self/ns/mnt)" = "$(readlink /proc/1/ns/mnt)" ]; then "$@"; else nsenter -t 1 -m "$@"; fi; }';
  await root.text(`umask 077\n${globally}\nglobally ${shellCommand('mkdir', '-p', ...mounts, ...lowers)}`, {
    purpose,
  });
  try {
    return await withControl(root, async (client) => {
      const added: string[] = [];
      try {
        for (const [at, name] of names.entries()) {
          await client.addVolume({
            name: `bench-${name}`,
            source: `${base}/${name}`,
            mountPoint: mounts[at] ?? '',
            policy: SERVED[name],
            timeoutSeconds: 1,
            workers: 0,
            storage: DEFAULT_STORAGE_OPTIONS,
          });
          added.push(`bench-${name}`);
        }
        const arms = [`native=${base}/native`, ...names.map((name, at) => `${name}=${mounts[at] ?? ''}`)];
        const limits = ['--mib', mib, '--rounds', rounds, '--seconds', seconds].map(String);
        const words = shellCommand('sh', `${PLACES.current}/bin/sluice`, 'measure', ...arms, ...limits);
        const script = `${globally}\nglobally ${words}`;
        const timeoutMs = (seconds + 300) * 1000;
        return JSON.parse(await root.text(script, { timeoutMs, purpose: 'the benchmark' })) as Figures;
      } finally {
        for (const name of added) await client.removeVolume(name, true);
      }
    });
  } catch (error) {
    if (error instanceof SyntaxError)
      throw new CommandFailure('the benchmark on the device said what is no JSON');
    throw error;
  } finally {
    await new Promise((resolve) => setTimeout(resolve, UNMOUNT_PAUSE_MS));
    const gone = `${globally}\nglobally ${shellCommand('rmdir', ...mounts)} 2> /dev/null; rm -rf ${shellWord(base)}`;
    await root.run(gone, { purpose: 'the tidying up' });
  }
}

function report({ style }: Context, { rounds, mib, workloads }: Figures): string {
  const rows = workloads.flatMap(({ name, unit, arms }) =>
    Object.entries(arms).map(([arm, { value, timeBy }]) => {
      const by = timeBy?.['native'];
      return [
        name,
        arm,
        `${figure(value.median)} ${unit}`,
        range(value),
        by === undefined ? '' : `${figure(by.median)} (${range(by)})`,
      ];
    }),
  );
  return (
    table(style, ['WORKLOAD', 'ARM', 'MEDIAN', 'RANGE', 'TIME BY NATIVE'], rows, [2]) +
    `${rounds} rounds in turn, a file of ${mib} MiB; reads from storage, not from the page cache; below 1 is faster than native\n`
  );
}

function range({ lowest, highest }: Spread): string {
  return `${figure(lowest)} to ${figure(highest)}`;
}

function figure(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3);
}

function whole(most: number): (text: string) => number {
  return (text) => {
    const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
    if (value < 1 || value > most) throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
    return value;
  };
}
