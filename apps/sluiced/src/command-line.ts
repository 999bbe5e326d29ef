/** The daemon's command line. */
import { Command, CommanderError, InvalidArgumentError, Option } from 'commander';
import { LIMITS } from '@sluice/control';
import { MAX_WORKERS } from '@sluice/session';
import { StartFailure } from './failure.ts';
import type { LogLevel } from './log.ts';
import { DEFAULT_PACKAGES_FILE } from './packages-file.ts';
import { VERSION } from './version.ts';

const { fewest: FEWEST, most: MOST } = LIMITS.cachedDescriptors;

export interface CommandLine {
  source?: string;
  mount?: string;
  policy?: string;
  state?: string;
  packages?: string;
  timeout?: number;
  workers?: number;
  engine?: 'session' | 'fuse-native';
  ownership?: 'preserve' | 'android';
  locks?: 'lower' | 'local';
  acl?: boolean;
  idmap?: boolean;
  suid?: boolean;
  dev?: boolean;
  descriptors?: number;
  name?: string;
  config?: string;
  logLevel: LogLevel;
}

const EXAMPLES = `
Examples:
  sluiced                                         a demo volume under .sluice/demo
  sluiced --source /data/media/0 --mount /mnt/sluice --policy big-files
  sluiced --config /etc/sluice.yaml

Policies: a file, or one of the presets all, none, big-files, auto, android-media. See docs/policy.md.
Needs root. Ctrl-C unmounts and ends.`;

/** Undefined when help or version was asked for and shown. Throws a {@link StartFailure} with exit code 2. */
export function parseCommandLine(args: readonly string[]): CommandLine | undefined {
  const command = new Command('sluiced')
    .description(
      'Serves directory trees through FUSE and lets the kernel carry file data where a policy says so.',
    )
    .option('--source <dir>', 'the lower directory to serve')
    .option('--mount <dir>', 'an empty directory to serve it on')
    .option('--policy <file|preset>', 'which files pass through (default: the stored policy, else big-files)')
    .option('--state <dir>', 'control socket, logs, stored policies (default: .sluice in the repository)')
    .option(
      '--packages <file>',
      `Android's package list (default: ${DEFAULT_PACKAGES_FILE} where there is one)`,
    )
    .option('--timeout <seconds>', 'validity of entries and attributes, 0 allowed (default: 1)', seconds)
    .option('--workers <n>', `threads that serve requests, 1 to ${MAX_WORKERS} (default: 2)`, workers)
    .addOption(
      new Option(
        '--engine <engine>',
        'what serves: our own FUSE session, or libfuse 2, without passthrough (default: session)',
      ).choices(['session', 'fuse-native']),
    )
    .addOption(
      new Option(
        '--ownership <kind>',
        'objects belong to who makes them, or all to media_rw (default: preserve)',
      ).choices(['preserve', 'android']),
    )
    .addOption(
      new Option(
        '--locks <where>',
        "file locks: on the lower files, or the mount's own (default: lower)",
      ).choices(['lower', 'local']),
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
    .option('--name <name>', 'the name of the volume (default: from the mount point)')
    .option('--config <file>', 'a YAML file that lists volumes, instead of --source and --mount')
    .addOption(
      new Option('--log-level <level>', 'what goes to the log file')
        .choices(['error', 'warn', 'info', 'debug'])
        .default('info'),
    )
    .version(VERSION)
    .addHelpText('after', EXAMPLES)
    // Refused below, with the words named.
    .allowExcessArguments()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  try {
    command.parse(args, { from: 'user' });
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return undefined;
    throw new StartFailure(2, `${error.message.replace(/^error: /, '')} (see --help)`);
  }
  if (command.args.length > 0) throw new StartFailure(2, `What is "${command.args.join(' ')}"? (see --help)`);
  const line = command.opts<CommandLine>();
  checkCombination(line);
  return line;
}

function checkCombination(line: CommandLine): void {
  const { source, mount, config } = line;
  if (config !== undefined && (source !== undefined || mount !== undefined)) {
    throw new StartFailure(2, 'Give either --config or --source and --mount, not both.');
  }
  if ((source === undefined) !== (mount === undefined)) {
    const missing = source === undefined ? '--source' : '--mount';
    throw new StartFailure(2, `${missing} is missing: a directory to serve needs both --source and --mount.`);
  }
}

function seconds(text: string): number {
  const value = Number(text);
  if (text.trim() === '' || !(value >= 0 && value <= 86_400)) {
    throw new InvalidArgumentError('use a number of seconds from 0 to 86400.');
  }
  return value;
}

function descriptors(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < FEWEST || value > MOST) {
    throw new InvalidArgumentError(`use a whole number from ${FEWEST} to ${MOST}.`);
  }
  return value;
}

function workers(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > MAX_WORKERS) {
    throw new InvalidArgumentError(`use a whole number from 1 to ${MAX_WORKERS}.`);
  }
  return value;
}
