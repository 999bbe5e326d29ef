import type { Command } from 'commander';
import type { NamedCount, VolumeStats } from '@sluice/control';
import type { Start } from '../context.ts';
import { table, type Style } from '../output.ts';
import { printable } from '../terminal.ts';
import { formatBytes, formatCount } from '../units.ts';

export function addStats(parent: Command, start: Start): void {
  parent
    .command('stats')
    .description('requests, opens and registrations since a volume was mounted')
    .option('--volume <name>', 'all volumes when left out', '')
    .addHelpText('after', '\nExamples:\n  sluice stats\n  sluice stats --volume photos --json\n')
    .action(async ({ volume }: { volume: string }, command: Command) => {
      const context = start(command);
      const volumes = await context.daemon((client) => client.stats(volume));
      if (context.asJson) context.printJson({ volumes: volumes.map(keyedByName) });
      else if (volumes.length === 0) context.print('No volumes.\n');
      else context.print(volumes.map((one) => statsText(context.style, one)).join('\n'));
    });
}

/** For scripts: `.opens.passthrough` instead of a search through a list. */
function keyedByName(stats: VolumeStats): object {
  const { volume, requests, opens, openReasons, fallbacks, ...rest } = stats;
  return {
    volume,
    requests: byName(requests),
    opens: { ...byName(opens), reasons: byName(openReasons) },
    ...rest,
    fallbacks: byName(fallbacks),
  };
}

function byName(counts: readonly NamedCount[]): Record<string, number> {
  return Object.fromEntries(counts.map(({ name, count }) => [name, count]));
}

function statsText(style: Style, stats: VolumeStats): string {
  const { registrations } = stats;
  const bytes = `${formatBytes(stats.bytesRead)} read, ${formatBytes(stats.bytesWritten)} written`;
  const rows = [
    ['nodes', formatCount(stats.nodes)],
    ['open files', formatCount(stats.openFiles)],
    ['opens', counts(stats.opens)],
    ['because', counts(stats.openReasons)],
    ['registrations', counts(Object.entries(registrations).map(([name, count]) => ({ name, count })))],
    ['through the daemon', bytes],
    ...(stats.treeOpens === 0 ? [] : [['tree opens served', formatCount(stats.treeOpens)]]),
    ...(stats.fallbacks.length === 0 ? [] : [['fallbacks', counts(stats.fallbacks)]]),
  ].map(([name = '', value = '']) => [style.dim(name), value]);
  const requests = stats.requests.toSorted((a, b) => b.count - a.count);
  const requestRows = requests.map(({ name, count }) => [printable(name), formatCount(count)]);
  return [
    `${style.bold(printable(stats.volume))}\n`,
    table(style, [], rows),
    requestRows.length === 0 ? '' : `\n${table(style, ['REQUEST', 'COUNT'], requestRows, [1])}`,
  ].join('');
}

function counts(given: readonly NamedCount[]): string {
  if (given.length === 0) return '-';
  return given.map(({ name, count }) => `${formatCount(count)} ${printable(name)}`).join(', ');
}
