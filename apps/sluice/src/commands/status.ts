import type { Command } from 'commander';
import type { DaemonStatus, VolumeStatus } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { passthroughWords, type Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { formatDuration } from '../units.ts';
import { volumeTable } from './volume-table.ts';

export function addStatus(parent: Command, start: Start): void {
  parent
    .command('status')
    .description('the daemon, its volumes, and what is known of passthrough on them')
    .addHelpText('after', '\nExamples:\n  sluice status\n  sluice status --json\n')
    .action(async (_options: object, command: Command) => {
      const context = start(command);
      const status = await context.daemon((client) => client.status());
      if (context.asJson) context.printJson(status);
      else context.print(statusText(context, status));
    });
}

export function statusText(context: Context, status: DaemonStatus): string {
  const { style } = context;
  const up = formatDuration(Date.now() - status.startedAtMs);
  const facts = `pid ${status.pid}, up ${up}, kernel ${printable(status.kernelRelease)}`;
  const lines = [
    `${style.bold(`sluiced ${printable(status.version)}`)}  ${facts}`,
    `${style.dim('state')}   ${printable(status.stateDirectory)}`,
    `${style.dim('socket')}  ${printable(status.socket)}`,
    '',
  ];
  const head = lines.map((line) => `${line}\n`).join('');
  if (status.volumes.length === 0) {
    return `${head}No volumes. Add one: sluice volume add NAME --source DIR --mount DIR\n`;
  }
  return head + volumeTable(style, status.volumes) + status.volumes.map((v) => evidence(context, v)).join('');
}

function evidence({ style }: Context, volume: VolumeStatus): string {
  const { requested, negotiated, proven } = volume.passthrough;
  const word = (yes: boolean) => (yes ? style.green('yes') : style.yellow('no'));
  const steps = `requested ${word(requested)}, negotiated ${word(negotiated)}, proven ${word(proven)}`;
  const failure = volume.failure === '' ? '' : `  ${style.red('failed')}: ${printable(volume.failure)}\n`;
  const facts = volume.passthrough.evidence.map((fact) => `  ${style.dim('-')} ${printable(fact)}\n`);
  const title = `${style.bold(printable(volume.name))}  passthrough: ${passthroughWords(style, volume)}`;
  const warnings = volume.warnings.map((warning) => `  ${style.red('warning')}: ${printable(warning)}\n`);
  const storage = `  ${style.dim('storage')} ${storageWords(volume)}\n`;
  return `\n${title} (${steps})\n${failure}${warnings.join('')}${facts.join('')}${storage}${treeLines(style, volume)}`;
}

/** Directories that left the daemon, and those that ought to have. */
function treeLines(style: Style, { trees }: VolumeStatus): string {
  return trees
    .map(({ path, state, because }) => {
      const word = state === 'bound' ? style.green(state) : style.yellow(state);
      return `  ${style.dim('tree')} ${printable(path)} ${word}${because === '' ? '' : `: ${printable(because)}`}\n`;
    })
    .join('');
}

/** What is in force of the volume's options. */
function storageWords({ storage, reopenBy }: VolumeStatus): string {
  const { engine, ownership, locks, acl, idmap, suid, dev, cachedDescriptors } = storage;
  const switches = Object.entries({ acl, idmap, suid, dev }).filter(([, on]) => on);
  return [
    ...(engine === 'session' ? [] : [`engine ${engine}`]),
    `ownership ${ownership}`,
    `locks ${locks}`,
    ...switches.map(([name]) => name),
    `${cachedDescriptors} descriptors`,
    `files reopened by ${printable(reopenBy)}`,
  ].join(', ');
}
