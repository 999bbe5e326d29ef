/**
 * Classes by which of some conditions hold in them. Conditions hold in runs of neighbouring classes, since classes are
 * numbered as the ids they stand for; so the work is by runs, not by classes.
 */
import type { Budget } from './budget.ts';

export interface ClassRun {
  /** First and last class. */
  readonly low: number;
  readonly high: number;
  /** Which conditions hold, ascending; none: the run is left out. */
  readonly holds: readonly number[];
}

/** @param classes of each condition, ascending */
export function classRuns(classes: readonly (readonly number[])[], budget: Budget): ClassRun[] {
  const on = new Map<number, number[]>();
  const off = new Map<number, number[]>();
  const note = (at: Map<number, number[]>, position: number, condition: number): void => {
    const list = at.get(position);
    if (list) list.push(condition);
    else at.set(position, [condition]);
  };
  for (const [condition, list] of classes.entries()) {
    budget.spend((list.length >>> 2) + 1);
    let start = 0;
    for (let i = 1; i <= list.length; i++) {
      if (i < list.length && list[i] === (list[i - 1] ?? 0) + 1) continue;
      note(on, list[start] ?? 0, condition);
      note(off, (list[i - 1] ?? 0) + 1, condition);
      start = i;
    }
  }
  const borders = [...new Set([...on.keys(), ...off.keys()])].sort((a, b) => a - b);
  const runs: ClassRun[] = [];
  /** Ascending. */
  const active: number[] = [];
  for (const [i, low] of borders.entries()) {
    for (const condition of off.get(low) ?? []) active.splice(active.indexOf(condition), 1);
    for (const condition of on.get(low) ?? []) insert(active, condition);
    if (active.length === 0) continue;
    budget.spend(active.length);
    runs.push({ low, high: (borders[i + 1] ?? low + 1) - 1, holds: active.slice() });
  }
  return runs;
}

/** Keeps a list ascending. */
function insert(list: number[], member: number): void {
  let at = list.length;
  while (at > 0 && (list[at - 1] ?? 0) > member) at--;
  list.splice(at, 0, member);
}
