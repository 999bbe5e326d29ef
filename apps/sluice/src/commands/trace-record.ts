import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError, type Command } from 'commander';
import type { TracePart } from '@sluice/control';
import type { Context, Start } from '../context.ts';
import { CommandFailure, EXIT } from '../exit-codes.ts';
import { eventLine, headerLine, summaryLine } from '../trace/trace-file.ts';
import { formatCount, parseSize } from '../units.ts';

interface RecordOptions {
  volume: string;
  seconds?: number;
  events?: number;
  bytes?: number;
  hashNames?: boolean;
  keepExtensions?: boolean;
  policy: string[];
}

export function addTraceRecord(parent: Command, start: Start): void {
  parent
    .command('record')
    .argument('<file>', 'JSON lines; must not be there yet')
    .description('record lookups, opens and closes for a while, to be replayed against other policies')
    .option('--seconds <n>', '1 to 86400 (default: 60)', (text) => bounded(text, 86_400))
    .option('--events <n>', 'at most so many, 1 to 10000000 (default: 100000)', (text) =>
      bounded(text, 10_000_000),
    )
    .option('--bytes <size>', 'at most so much, to 4GiB - 1 (default: 64MiB)', bytes)
    .option('--hash-names', 'replace each name by a keyed hash; the key is not kept')
    .option('--keep-extensions', 'of hashed names, what follows the last dot stays')
    .option(
      '--policy <file|preset>',
      'leave names unhashed that this policy spells out; may be given more than once',
      (given: string, before: string[]) => [...before, given],
      [],
    )
    .option('--volume <name>', 'may be left out when there is one volume', '')
    .addHelpText(
      'after',
      [
        '',
        'Examples:',
        '  sluice trace record day.jsonl --seconds 3600 --events 1000000',
        '  sluice trace record bug.jsonl --hash-names --keep-extensions --policy media.yaml',
        '',
      ].join('\n'),
    )
    .action(async (file: string, options: RecordOptions, command: Command) => {
      const context = start(command);
      const clearNames = options.hashNames === true ? await namesOf(options.policy, context) : [];
      await record(context, file, options, clearNames);
    });
}

async function record(
  context: Context,
  file: string,
  options: RecordOptions,
  clearNames: string[],
): Promise<void> {
  const { terminal } = context;
  const leave = new AbortController();
  const ended = terminal.onInterrupt(() => leave.abort());
  let fd = -1;
  let events = 0;
  const write = (text: string): void => void writeSync(fd, text);
  const take = (part: TracePart): object | undefined => {
    if (part.kind === 'header') {
      // Not before the daemon has agreed: what fails leaves no file behind.
      fd = create(file, terminal.cwd);
      write(headerLine(part.header, clearNames));
    } else if (part.kind === 'events') {
      write(part.events.map(eventLine).join(''));
      events += part.events.length;
    } else return part.summary;
    return undefined;
  };
  let summary: object | undefined;
  try {
    await context.daemon(async (client) => {
      const request = {
        volume: options.volume,
        maxEvents: options.events ?? 0,
        maxBytes: options.bytes ?? 0,
        seconds: options.seconds ?? 0,
        hashNames: options.hashNames === true,
        keepExtensions: options.keepExtensions === true,
        clearNames,
      };
      for await (const part of client.recordTrace(request, leave.signal)) summary = take(part) ?? summary;
    });
    if (leave.signal.aborted) summary = { events, dropped: 0, endedBy: 'interrupt' };
    if (fd >= 0 && summary !== undefined) write(summaryLine(summary));
  } finally {
    ended();
    if (fd >= 0) closeSync(fd);
  }
  if (summary === undefined) {
    context.exitWith(EXIT.failed);
    terminal.err('the recording was cut off\n');
  }
  if (context.asJson) context.printJson({ file, summary });
  else context.print(`${file}: ${formatCount(events)} events\n`);
}

function create(file: string, cwd: string): number {
  try {
    return openSync(resolve(cwd, file), 'wx', 0o600);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new CommandFailure(
      code === 'EEXIST' ? `${file} is there already` : `cannot write ${file}: ${code}`,
    );
  }
}

/** The names that the policies spell out. */
async function namesOf(policies: readonly string[], { terminal }: Context): Promise<string[]> {
  if (policies.length === 0) return [];
  const [{ compileOffline }, { globNames }] = await Promise.all([
    import('../policy-offline.ts'),
    import('../trace/glob-names.ts'),
  ]);
  const names = policies.map(
    (given) => globNames(compileOffline(given, { foldNames: false }, terminal.cwd).policy).literal,
  );
  return [...new Set(names.flatMap((set) => [...set]))].sort();
}

function bounded(text: string, most: number): number {
  const value = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (value < 1 || value > most) throw new InvalidArgumentError(`Give a whole number from 1 to ${most}.`);
  return value;
}

function bytes(text: string): number {
  const value = parseSize(text);
  if (value === undefined || value < 1 || value > 0xffff_ffff) {
    throw new InvalidArgumentError('Give bytes, or a size such as 64MiB, below 4GiB.');
  }
  return value;
}
