import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Start } from '../context.ts';
import { CommandFailure } from '../exit-codes.ts';
import { table, type Style } from '../output.ts';
import { printable } from '../terminal.ts';
import type { Replay, ReplayTotals } from '../trace/replay.ts';
import { formatBytes, formatCount } from '../units.ts';

interface ReplayOptions {
  policy: string;
  against?: string;
  packages?: string;
}

export function addPolicyReplay(parent: Command, start: Start): void {
  parent
    .command('replay')
    .argument('<trace>', 'a file of sluice trace record')
    .description(
      'what a policy would have decided about the opens of a trace, and which bytes would have gone where. Needs no daemon',
    )
    .requiredOption('--policy <file|preset>', 'the policy to try')
    .option('--against <file|preset>', 'compare with this policy instead of what was recorded')
    .option('--packages <file>', 'a packages.list, for rules about packages')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice policy replay day.jsonl --policy new.yaml',
        '  sluice policy replay day.jsonl --policy new.yaml --against big-files --json',
        '',
      ].join('\n'),
    )
    .action(async (file: string, { policy, against, packages }: ReplayOptions, command: Command) => {
      const context = start(command);
      const { cwd } = context.terminal;
      const [{ parseTrace }, { replay }, { compileOffline }, { globNames }] = await Promise.all([
        import('../trace/trace-file.ts'),
        import('../trace/replay.ts'),
        import('../policy-offline.ts'),
        import('../trace/glob-names.ts'),
      ]);
      const { header, events, summary } = parseTrace(bytesOf(file, cwd), file);
      const options = { foldNames: header.foldNames, ...(packages === undefined ? {} : { packages }) };
      const compiled = [...(against === undefined ? [] : [against]), policy].map((given) =>
        compileOffline(given, options, cwd),
      );
      const notes: string[] = [];
      if (summary === undefined) notes.push('the recording was cut off: its last events may be missing');
      if ((summary?.dropped ?? 0) > 0)
        notes.push(`${formatCount(summary?.dropped ?? 0)} events were dropped while recording`);
      if (header.hashed) {
        const clear = new Set(header.clearNames);
        for (const each of compiled)
          notes.push(...hashedNotes(each.name, globNames(each.policy), clear, header));
      }
      const result = replay(events, compiled);
      if (context.asJson) context.printJson({ trace: header, notes, ...result });
      else context.print(replayText(context.style, result, notes));
    });
}

/** What a policy asks of names that the trace does not have. */
function hashedNotes(
  policy: string,
  { literal, spelled }: { literal: Set<string>; spelled: Set<string> },
  clear: ReadonlySet<string>,
  { keepExtensions }: { keepExtensions: boolean },
): string[] {
  const unknown = [...literal].filter((name) => !clear.has(name));
  const wild = [...spelled].filter((name) => !(keepExtensions && /^\*\.[^*?[]+$/.test(name)));
  const names = [...unknown, ...wild];
  if (names.length === 0) return [];
  const shown = names.slice(0, 5).join(', ') + (names.length > 5 ? ', …' : '');
  return [
    `names in this trace are hashed, and ${policy} asks about their letters (${shown}): such rules match nothing here`,
  ];
}

function bytesOf(file: string, cwd: string): Uint8Array {
  try {
    return readFileSync(resolve(cwd, file));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(`cannot read ${file}: ${code === 'ENOENT' ? 'there is no such file' : code}`);
  }
}

function replayText(style: Style, result: Replay, notes: readonly string[]): string {
  const head = [
    '',
    'OPENS',
    'PASSED THROUGH',
    'THROUGH THE DAEMON',
    'PAST IT',
    'OF THESE ESTIMATED',
    'LOOKUPS HIDDEN',
  ];
  const rows = [result.recorded, ...result.policies].map((each) => totalsRow(style, each));
  const changed = [
    `${formatCount(result.changedOpens)} of ${formatCount(result.recorded.opens)} opens are decided otherwise\n`,
    ...Object.entries(result.changedByRule).map(
      ([rule, count]) =>
        `  ${formatCount(count)} by ${rule === 'default' ? 'no rule' : `rule ${printable(rule)}`}\n`,
    ),
  ];
  const samples = result.samples.map((each) => [
    `  ${printable(each.path)}`,
    `uid ${each.uid}`,
    `${printable(each.fromAction)} ${style.dim(`(${printable(each.fromRule)})`)}`,
    `→ ${printable(each.toAction)} ${style.dim(`(${printable(each.toRule)})`)}`,
  ]);
  return [
    ...notes.map((note) => `${style.yellow('note')}: ${printable(note)}\n`),
    table(style, head, rows, [1, 2, 3, 4, 5, 6]),
    '\n',
    ...changed,
    samples.length === 0 ? '' : table(style, [], samples),
  ].join('');
}

function totalsRow(style: Style, { name, opens, actions, ...rest }: ReplayTotals): string[] {
  return [
    style.bold(printable(name)),
    formatCount(opens),
    formatCount(actions['passthrough'] ?? 0),
    formatBytes(rest.bytesThroughDaemon),
    formatBytes(rest.bytesPast),
    formatBytes(rest.bytesEstimated),
    formatCount(rest.lookupsHidden),
  ];
}
