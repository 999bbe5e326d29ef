/**
 * What passing a file through was measured to cost, kept per kernel build and lower file system: the trial of the next start
 * measures only what is not known yet, and `auto` decides alike from start to start.
 */
import { readFileSync } from 'node:fs';
import { release, version } from 'node:os';
import type { TrialCost } from '@sluice/session';
import { writeDurably } from './write-durably.ts';

const FIELDS = ['registration', 'request', 'passthroughMiB', 'daemonMiB'] as const;
/** Kernels that are remembered; more come up only where many are tried. */
const REMEMBERED = 32;

export class MeasuredCosts {
  readonly #file: string;

  /** `file`: made when something has been measured. */
  constructor(file: string) {
    this.#file = file;
  }

  /** `fileSystem`: what tells the lower file system from others. Undefined where nothing usable is kept. */
  find(fileSystem: string): TrialCost | undefined {
    const kept = this.#read()[key(fileSystem)];
    return isCost(kept) ? kept : undefined;
  }

  keep(fileSystem: string, cost: TrialCost): void {
    const all = Object.entries(this.#read()).filter(
      ([name, kept]) => name !== key(fileSystem) && isCost(kept),
    );
    const kept = [...all.slice(1 - REMEMBERED), [key(fileSystem), cost] as const];
    writeDurably(this.#file, `${JSON.stringify(Object.fromEntries(kept), null, 2)}\n`);
  }

  /** Nothing where the file is missing or damaged: it is measured anew then. */
  #read(): Record<string, unknown> {
    try {
      const value: unknown = JSON.parse(readFileSync(this.#file, 'utf8'));
      return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
    } catch {
      return {};
    }
  }
}

function key(fileSystem: string): string {
  return `${release()} ${version()} ${fileSystem}`;
}

function isCost(value: unknown): value is TrialCost {
  if (typeof value !== 'object' || value === null) return false;
  const cost = value as Record<string, unknown>;
  return FIELDS.every((field) => {
    const microseconds = cost[field];
    return typeof microseconds === 'number' && microseconds >= 0 && microseconds < 1e6;
  });
}
