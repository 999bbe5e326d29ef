import { resolve } from 'node:path';
import { InvalidArgumentError, Option, type Command } from 'commander';
import { DEFAULT_TIMEOUT_SECONDS, LIMITS } from '@sluice/control';
import type { Start } from '../context.ts';
import { passthroughWords } from '../output.ts';
import { policyFromFileOrPreset, PRESETS } from '../policy-source.ts';
import { printable } from '../terminal.ts';

const { fewest: FEWEST, most: MOST } = LIMITS.cachedDescriptors;

interface AddOptions {
  source: string;
  mount: string;
  policy?: string;
  timeout: number;
  workers?: number;
  engine: 'session' | 'fuse-native';
  ownership: 'preserve' | 'android';
  locks: 'lower' | 'local';
  acl: boolean;
  idmap?: boolean;
  suid?: boolean;
  dev?: boolean;
  descriptors?: number;
}

/** Mounting includes a trial of passthrough, which may wait for slow storage. */
const MOUNT_DEADLINE_MS = 30_000;

export function addVolumeAdd(parent: Command, start: Start): void {
  parent
    .command('add')
    .argument('[name]', 'a-z, 0-9 and -, at most 32; from the mount point if left out')
    .description('mount a lower directory as a volume')
    .requiredOption('--source <dir>', 'the lower directory')
    .requiredOption('--mount <dir>', 'where to mount it')
    .option('--policy <file|preset>', `a policy's file, or ${PRESETS.join(', ')} (default: big-files)`)
    .option(
      '--timeout <seconds>',
      'validity of names and attributes in the kernel',
      seconds,
      DEFAULT_TIMEOUT_SECONDS,
    )
    .option('--workers <n>', 'threads that serve, 1 to 16 (default: 2)', workers)
    .addOption(
      new Option('--engine <engine>', 'what serves: the daemon itself, or libfuse 2 without passthrough')
        .choices(['session', 'fuse-native'])
        .default('session'),
    )
    .addOption(
      new Option('--ownership <kind>', 'objects belong to who makes them, or all to media_rw')
        .choices(['preserve', 'android'])
        .default('preserve'),
    )
    .addOption(
      new Option('--locks <where>', "file locks: on the lower files, or the mount's own")
        .choices(['lower', 'local'])
        .default('lower'),
    )
    .option('--no-acl', 'do not check POSIX ACLs')
    .option('--idmap', 'let the mount be idmapped')
    .option('--suid', 'let set-id bits count on the mount')
    .option('--dev', 'let device files be opened on the mount')
    .option(
      '--descriptors <n>',
      `lower directories kept open, ${FEWEST} to ${MOST} (default: 256)`,
      descriptors,
    )
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice volume add photos --source /data/media/0 --mount /mnt/photos',
        '  sluice volume add --source ./lower --mount ./upper --policy none --timeout 0 --workers 4',
        '',
      ].join('\n'),
    )
    .action(async (name: string | undefined, options: AddOptions, command: Command) => {
      const context = start(command);
      const { cwd } = context.terminal;
      const policy = options.policy === undefined ? '' : policyFromFileOrPreset(options.policy, cwd).text;
      const spec = {
        name: name ?? '',
        source: resolve(cwd, options.source),
        mountPoint: resolve(cwd, options.mount),
        policy,
        timeoutSeconds: options.timeout,
        workers: options.workers ?? 0,
        storage: {
          engine: options.engine,
          ownership: options.ownership,
          locks: options.locks,
          acl: options.acl,
          idmap: options.idmap === true,
          suid: options.suid === true,
          dev: options.dev === true,
          cachedDescriptors: options.descriptors ?? 0,
        },
      };
      const volume = await context.daemon((client) => client.addVolume(spec), MOUNT_DEADLINE_MS);
      if (context.asJson) {
        context.printJson(volume);
        return;
      }
      const words = passthroughWords(context.style, volume);
      context.print(
        `${context.style.bold(printable(volume.name))}: ${printable(volume.source)} is ${volume.state} ` +
          `at ${printable(volume.mountPoint)} (policy ${printable(volume.policy)}; passthrough: ${words})\n`,
      );
    });
}

function seconds(text: string): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (!(value <= 31_536_000)) throw new InvalidArgumentError('Give seconds, 0 to 31536000; 0.5 is fine.');
  return value;
}

function descriptors(text: string): number {
  const value = /^\d{1,4}$/.test(text) ? Number(text) : 0;
  if (value < FEWEST || value > MOST)
    throw new InvalidArgumentError(`Give a number from ${FEWEST} to ${MOST}.`);
  return value;
}

function workers(text: string): number {
  const value = /^\d{1,2}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > 16) throw new InvalidArgumentError('Give a number from 1 to 16.');
  return value;
}
