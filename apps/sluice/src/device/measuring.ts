/**
 * The work of `sluice device bench`, done on the device: files written and read through several directories in turn, so that
 * each round of each met the same neighbours. Every page is checked against what was written.
 */
import { closeSync, fsyncSync, openSync, readSync, unlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { spread, type Spread } from './spread.ts';

const MIB = 1024 * 1024;
const PAGE = 4096;
/** Random accesses end after so long, or so many. */
const RANDOM_MS = 500;
const RANDOM_MOST = 4096;

export const WORKLOADS = ['sequential-write', 'sequential-read', 'random-write', 'random-read'] as const;
export type Workload = (typeof WORKLOADS)[number];

export interface Arm {
  name: string;
  directory: string;
}

export interface ArmFigures {
  /** In the workload's unit. */
  value: Spread;
  /** Time for the same work by that of the first arm, round by round: below 1 is faster. Absent for the first. */
  timeBy?: Record<string, Spread>;
}

export interface Figures {
  rounds: number;
  mib: number;
  workloads: { name: Workload; unit: 'MB/s' | 'us'; operation: string; arms: Record<string, ArmFigures> }[];
}

interface Measured {
  nanoseconds: number;
  operations: number;
}

/** Stops after a whole round once `withinMs` has gone by. @throws Error if a page is not what was written. */
export function measure(arms: readonly Arm[], mib: number, rounds: number, withinMs: number): Figures {
  const began = performance.now();
  const all = new Map<string, Measured[]>();
  let made = 0;
  while (made < rounds && (made === 0 || performance.now() - began < withinMs)) {
    for (let at = 0; at < arms.length; at++) {
      const arm = arms[(at + made) % arms.length];
      if (arm === undefined) continue;
      for (const [workload, measured] of Object.entries(
        measureFile(join(arm.directory, `measure-${made}`), mib),
      )) {
        const key = `${workload} ${arm.name}`;
        all.set(key, [...(all.get(key) ?? []), measured]);
      }
    }
    made++;
  }
  const [reference] = arms;
  return {
    rounds: made,
    mib,
    workloads: WORKLOADS.map((name) => {
      const perOperation = (arm: string): number[] =>
        (all.get(`${name} ${arm}`) ?? []).map(({ nanoseconds, operations }) => nanoseconds / operations);
      const unit = name.startsWith('sequential') ? 'MB/s' : 'us';
      const figures = arms.map(({ name: arm }): [string, ArmFigures] => {
        const times = perOperation(arm);
        const value = spread(times.map((time) => (unit === 'us' ? time / 1000 : (MIB * 1000) / time)));
        if (arm === reference?.name) return [arm, { value }];
        const first = perOperation(reference?.name ?? '');
        const by = spread(times.map((time, round) => time / (first[round] ?? Number.NaN)));
        return [arm, { value, timeBy: { [reference?.name ?? '']: by } }];
      });
      const operation =
        unit === 'us'
          ? `${name.slice('random-'.length)} of 4 KiB`
          : `${name.slice('sequential-'.length)} of 1 MiB`;
      return { name, unit, operation, arms: Object.fromEntries(figures) };
    }),
  };
}

function measureFile(path: string, mib: number): Record<Workload, Measured> {
  const chunk = Buffer.alloc(MIB, 0x5a);
  const page = Buffer.alloc(PAGE);
  try {
    const write = timed(() => {
      const fd = openSync(path, 'wx', 0o600);
      for (let at = 0; at < mib; at++) {
        for (let offset = 0; offset < MIB; offset += PAGE)
          chunk.writeUInt32LE((at * MIB + offset) / PAGE, offset);
        writeSync(fd, chunk, 0, MIB, at * MIB);
      }
      fsyncSync(fd);
      closeSync(fd);
      return mib;
    });
    dropCaches();
    const read = timed(() => {
      const fd = openSync(path, 'r');
      for (let at = 0; at < mib; at++) {
        if (readSync(fd, chunk, 0, MIB, at * MIB) !== MIB)
          throw new Error(`${path} is shorter than was written`);
        for (const offset of [0, MIB - PAGE])
          check(chunk.readUInt32LE(offset), (at * MIB + offset) / PAGE, path);
      }
      closeSync(fd);
      return mib;
    });
    const fd = openSync(path, 'r+');
    const randomWrite = timed(() => {
      const done = scattered(mib, (number) => {
        page.writeUInt32LE(number, 0);
        writeSync(fd, page, 0, PAGE, number * PAGE);
      });
      fsyncSync(fd);
      return done;
    });
    closeSync(fd);
    dropCaches();
    const again = openSync(path, 'r');
    const randomRead = timed(() =>
      scattered(mib, (number) => {
        readSync(again, page, 0, PAGE, number * PAGE);
        check(page.readUInt32LE(0), number, path);
      }),
    );
    closeSync(again);
    return {
      'sequential-write': write,
      'sequential-read': read,
      'random-write': randomWrite,
      'random-read': randomRead,
    };
  } finally {
    try {
      unlinkSync(path);
    } catch {
      // It was never made; what kept it from being made is told.
    }
  }
}

/** The same order each time: a step that has no factor in common with any power of two. */
function scattered(mib: number, touch: (page: number) => void): number {
  const pages = (mib * MIB) / PAGE;
  const until = performance.now() + RANDOM_MS;
  let done = 0;
  for (; done < Math.min(pages, RANDOM_MOST); done++) {
    if ((done & 63) === 63 && performance.now() > until) break;
    touch((done * 2_654_435_761) % pages);
  }
  return done;
}

function timed(work: () => number): Measured {
  const began = process.hrtime.bigint();
  const operations = work();
  return { operations, nanoseconds: Number(process.hrtime.bigint() - began) };
}

function check(found: number, wanted: number, path: string): void {
  if (found !== wanted) throw new Error(`${path}: page ${wanted} holds ${found}, not what was written`);
}

/** Reads come from the storage then, on every arm. Needs root. */
function dropCaches(): void {
  writeFileSync('/proc/sys/vm/drop_caches', '3');
}
