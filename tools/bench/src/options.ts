/** The command line of the benchmark. */
import { parseArgs } from 'node:util';
import { CLIENT_NUMBERS, WORKLOAD_NAMES } from './workloads.ts';
import type { WorkloadName } from './workloads.ts';

export const ARM_NAMES = [
  'native',
  'bind',
  'plain',
  'passthrough',
  'auto',
  'passthrough_ll',
  'passthrough_ll_checked',
  'fuse-native',
] as const;
export type ArmName = (typeof ARM_NAMES)[number];

/** The arms that are this project's daemon. */
export const OUR_ARMS = ['plain', 'passthrough', 'auto'] as const satisfies readonly ArmName[];

export interface Options {
  rounds: number;
  /** No round begins that would end later than this after the start. One is made in any case. */
  minutes: number;
  only: WorkloadName[];
  arms: ArmName[];
  /** How many processes share a workload that can be shared; each number is a measurement of its own. */
  clients: number[];
  /** The directory in which the lower trees are made. */
  lower: string;
  /** Where the JSON goes. */
  json?: string;
  /** Where the page with plots goes. */
  html?: string;
  quick: boolean;
  /** Validity of entries and attributes in all FUSE arms, seconds. */
  timeoutSeconds: number;
  /** Threads of the daemon that serve requests; its own choice when absent. */
  workers?: number;
  /** How often the daemon is started to time it. */
  starts: number;
  /** Recorded with the results. */
  date: string;
  /** Keep all cores from sleeping. */
  awake: boolean;
}

/** A command line that makes no sense; the message says what would. */
export class OptionError extends Error {}

const MAX_ROUNDS = 1000;
const MAX_STARTS = 100;
const MAX_MINUTES = 24 * 60;
/** The daemon knows its limit; this only catches slips of the finger. */
const MAX_WORKERS = 64;
const MAX_TIMEOUT_SECONDS = 86_400;

export const HELP = `npm run bench -- [options]

Runs the same workloads on the bare lower directory (native), on a bind mount of it (bind), on the daemon without
passthrough (plain), with it (passthrough), and choosing by itself (auto), on libfuse's C example as it comes
(passthrough_ll) and with the kernel checking modes and owners, as it does for the daemon (passthrough_ll_checked), and
on the npm package fuse-native. In turn. Needs root, cc and the built daemon.

  --rounds N          rounds that count, 1 to ${MAX_ROUNDS} (5, with --quick 2); one more goes before as warm-up
  --minutes N         make fewer rounds where all would take longer, 1 to ${MAX_MINUTES} (25)
  --only A,B          workloads: ${WORKLOAD_NAMES.join(', ')}
  --arms A,B          arms: ${ARM_NAMES.join(', ')}
  --clients A,B       processes that share metadata and random workloads: ${CLIENT_NUMBERS.join(', ')} (1,4,16, with --quick 1,4)
  --lower DIR         where the lower trees are made (/dev/shm); give a directory on a disk for a real file system
  --timeout SECONDS   validity of entries and attributes in all FUSE arms, 0 to ${MAX_TIMEOUT_SECONDS} (0)
  --workers N         threads of the daemon that serve requests, 1 to ${MAX_WORKERS} (the daemon's own choice)
  --starts N          starts of the daemon that are timed, 1 to ${MAX_STARTS} (5, with --quick 2)
  --sleepy-cores      do not keep idle cores awake
  --json FILE         write everything that was measured
  --html FILE         write a page with plots of it, which needs nothing else
  --date TEXT         the date to record (today)
  --quick             an eighth of everything, to see that it works
  --help              this
`;

/** Undefined when help is asked for. Throws {@link OptionError}. `today` is the date recorded without `--date`. */
export function parseOptions(args: readonly string[], today: string): Options | undefined {
  const values = parse(args);
  if (values.help === true) return undefined;
  const quick = values.quick === true;
  return {
    rounds: wholeNumber('--rounds', values.rounds, quick ? 2 : 5, MAX_ROUNDS),
    minutes: wholeNumber('--minutes', values.minutes, 25, MAX_MINUTES),
    only: names('--only', values.only, WORKLOAD_NAMES),
    arms: names('--arms', values.arms, ARM_NAMES),
    clients: clients(values.clients, quick ? [1, 4] : [1, 4, 16]),
    lower: values.lower ?? '/dev/shm',
    ...(values.json === undefined ? {} : { json: values.json }),
    ...(values.html === undefined ? {} : { html: values.html }),
    quick,
    timeoutSeconds: seconds(values.timeout),
    ...(values.workers === undefined
      ? {}
      : { workers: wholeNumber('--workers', values.workers, 1, MAX_WORKERS) }),
    starts: wholeNumber('--starts', values.starts, quick ? 2 : 5, MAX_STARTS),
    date: values.date ?? today,
    awake: values['sleepy-cores'] !== true,
  };
}

interface Values {
  rounds?: string;
  minutes?: string;
  only?: string;
  arms?: string;
  clients?: string;
  lower?: string;
  json?: string;
  html?: string;
  timeout?: string;
  workers?: string;
  starts?: string;
  date?: string;
  'sleepy-cores'?: boolean;
  quick?: boolean;
  help?: boolean;
}

function parse(args: readonly string[]): Values {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean' } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        rounds: text,
        minutes: text,
        only: text,
        arms: text,
        clients: text,
        lower: text,
        json: text,
        html: text,
        timeout: text,
        workers: text,
        starts: text,
        date: text,
        'sleepy-cores': flag,
        quick: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new OptionError(error instanceof Error ? error.message : String(error));
  }
}

function wholeNumber(option: string, text: string | undefined, otherwise: number, highest: number): number {
  if (text === undefined) return otherwise;
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < 1 || value > highest)
    throw new OptionError(`${option} ${text}: use a whole number from 1 to ${highest}`);
  return value;
}

function seconds(text: string | undefined): number {
  if (text === undefined) return 0;
  const value = Number(text);
  if (!/^\d+(\.\d+)?$/.test(text) || value > MAX_TIMEOUT_SECONDS)
    throw new OptionError(`--timeout ${text}: use a number of seconds from 0 to ${MAX_TIMEOUT_SECONDS}`);
  return value;
}

function names<T extends string>(option: string, text: string | undefined, known: readonly T[]): T[] {
  if (text === undefined) return [...known];
  const wanted = text.split(',');
  for (const name of wanted) {
    if (!(known as readonly string[]).includes(name))
      throw new OptionError(`${option}: there is no "${name}"; there is ${known.join(', ')}`);
  }
  return known.filter((name) => wanted.includes(name));
}

function clients(text: string | undefined, otherwise: number[]): number[] {
  if (text === undefined) return otherwise;
  return names('--clients', text, CLIENT_NUMBERS.map(String)).map(Number);
}
