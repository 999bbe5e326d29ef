/**
 * `node tools/bench/applying.mjs [--rounds N] [--nodes N]`: how long requests wait while policies are applied ten times a
 * second. Seconds with and without changes take turns on the same mount; in each, one program asks for attributes all the
 * time, with a timeout of 0, so that each call is a request. Prints the longest waits of each kind of second.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { connectControl } from '@sluice/control';
import type { ControlClient } from '@sluice/control';
import { run, startDaemon } from '@sluice/live';
import { compileClient, keepAwake, measure } from './client.ts';
import type { Latency } from './latency.ts';
import { spread } from './statistics.ts';
import { workloads } from './workloads.ts';
import type { Workload } from './workloads.ts';

const HOME = join(dirname(fileURLToPath(import.meta.url)), '..');
const VOLUME = 'live';
const EVERY_MS = 100;
const MEASURED_MS = 3000;
const FILES_PER_DIRECTORY = 200;
const GUARD_SECONDS = 3600;

/** What differs between the two policies that take turns. */
const CHANGES: Record<string, readonly [string, string]> = {
  // Data only: no name is looked at.
  'actions of opens': [policy('passthrough', ''), policy('cached', '')],
  // Every node is looked at, a tenth of the names is taken back.
  'a tenth of all names': [
    policy('passthrough', `- { match: { path: 'known/d*0/**', caller: { uid: 10002 } }, action: hide }`),
    policy('passthrough', `- { match: { path: 'known/d*1/**', caller: { uid: 10002 } }, action: hide }`),
  ],
};

function policy(byDefault: string, rule: string): string {
  return `version: 1\ndefault: ${byDefault}\nrules:\n  ${rule === '' ? '[]' : rule}\n`;
}

/** Applies the two in turn until it is ended; resolves to how many. */
function applying(control: ControlClient, texts: readonly [string, string]): () => Promise<number> {
  let ended = false;
  const applied = (async () => {
    let count = 0;
    for (; !ended; count++) {
      const next = delay(EVERY_MS);
      await control.applyPolicy(VOLUME, texts[count % 2] as string, 'applying');
      await next;
    }
    return count;
  })();
  return () => {
    ended = true;
    return applied;
  };
}

function makeFiles(source: string, count: number): void {
  for (let file = 0; file < count; file++) {
    const directory = join(source, 'known', `d${String(Math.floor(file / FILES_PER_DIRECTORY))}`);
    if (file % FILES_PER_DIRECTORY === 0) mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, `f${String(file)}`), '');
  }
}

function row(what: string, rounds: readonly Latency[], applied: string): string {
  const of = (field: keyof Latency): string => {
    const { median, lowest, highest } = spread(rounds.map((latency) => latency[field] / 1000));
    return `${median.toFixed(0)} (${lowest.toFixed(0)}-${highest.toFixed(0)})`;
  };
  return `| ${[what, of('p50'), of('p99'), of('p999'), of('max'), applied].join(' | ')} |\n`;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: { rounds: { type: 'string', default: '5' }, nodes: { type: 'string', default: '20000' } },
  });
  const rounds = wholeNumber('--rounds', values.rounds, 100);
  const nodes = wholeNumber('--nodes', values.nodes, 200_000);
  const work = mkdtempSync(join(tmpdir(), 'sluice-applying-'));
  const daemon = await startDaemon({
    base: '/dev/shm',
    policy: 'all',
    timeoutSeconds: 0,
    guardSeconds: GUARD_SECONDS,
  });
  const control = connectControl(daemon.socket);
  let stopSpinning = (): void => undefined;
  try {
    const program = await compileClient(HOME, work);
    stopSpinning = keepAwake(program, 2);
    makeFiles(daemon.source, nodes);
    const place = { mount: daemon.mount, lower: daemon.source };
    const [stat] = workloads(['stat'], [1], false) as [Workload];
    const workload = { ...stat, minimumMs: MEASURED_MS, maximumMs: MEASURED_MS };
    const { signal } = new AbortController();
    process.stdout.write(
      '| microseconds of an lstat | median | p99 | p99.9 | longest | changes a second |\n| --- | --- | --- | --- | --- | --- |\n',
    );
    for (const [what, texts] of Object.entries(CHANGES)) {
      const quiet: Latency[] = [];
      const busy: Latency[] = [];
      let applied = 0;
      for (let round = 0; round < rounds; round++) {
        // Known again: what was taken back is forgotten.
        await run('find', [join(daemon.mount, 'known'), '-newermt', '2100-01-01']);
        for (const changes of round % 2 === 0 ? [false, true] : [true, false]) {
          let end: (() => Promise<number>) | undefined;
          const { work: done } = await measure(
            program,
            place,
            workload,
            async () => {
              if (end !== undefined) applied += await end();
              else if (changes) end = applying(control, texts);
            },
            signal,
          );
          if (done.latency !== undefined) (changes ? busy : quiet).push(done.latency);
        }
      }
      const perSecond = applied / ((rounds * MEASURED_MS) / 1000);
      process.stdout.write(row(`none (beside ${what})`, quiet, '0'));
      process.stdout.write(row(what, busy, perSecond.toFixed(1)));
    }
  } finally {
    stopSpinning();
    control.close();
    await daemon.stop();
    rmSync(work, { recursive: true, force: true });
  }
}

function wholeNumber(option: string, text: string, highest: number): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1 || number > highest) {
    throw new Error(`${option}: write a number from 1 to ${String(highest)}`);
  }
  return number;
}

await main();
