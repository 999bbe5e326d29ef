/**
 * Who calls, as one number. The rules' conditions on uid, user, app, package and gid tell callers apart; callers whom no rule
 * treats differently are one class. Three tables of intervals (uid, app id, gid) give a class each, and two small tables
 * join them: uid and app id first, which belong together, then the gid.
 */
import { LimitReached, type Budget } from './budget.ts';
import { APP_MAX, ID_MAX, intersectRanges, normaliseRanges, USER_UIDS } from './id-ranges.ts';
import { LIMITS } from './limits.ts';
import type { CallerCondition, IdRanges } from './policy.ts';

/** Ids cut into intervals that no condition looks into, each with its class. */
export interface Intervals {
  /** First id of each, ascending from 0. */
  readonly starts: readonly number[];
  readonly classes: readonly number[];
}

interface Dimension extends Intervals {
  readonly count: number;
  /** Classes in which a set holds, by the set's number. */
  readonly classesOf: readonly (readonly number[])[];
  /** First id of each class. */
  readonly samples: readonly number[];
  readonly last: number;
}

/** Entries of a joining table. */
const JOINED_MAX = 65_536;

export class CallerClasses {
  readonly uid: Intervals;
  readonly app: Intervals;
  readonly gid: Intervals;
  readonly appCount: number;
  readonly gidCount: number;
  /** By uid class * appCount + app class. */
  readonly joined: readonly number[];
  /** By joined class * gidCount + gid class. */
  readonly table: readonly number[];
  /** A uid and a gid of each class. */
  readonly samples: readonly (readonly [number, number])[];
  readonly #classesOf: ReadonlyMap<CallerCondition, readonly number[]>;

  constructor(conditions: readonly CallerCondition[], packages: KnownPackages, budget: Budget) {
    const [uidSets, appSets, gidSets] = [new RangeSets(), new RangeSets(), new RangeSets()];
    const parts = conditions.map((condition) => ({
      uid: uidSets.id(uidRanges(condition)),
      app: appSets.id(appRanges(condition, packages)),
      gid: gidSets.id(condition.gids),
    }));
    const uid = buildDimension(uidSets.ranges, ID_MAX, 'uids', budget);
    const app = buildDimension(appSets.ranges, APP_MAX, 'app ids and packages', budget);
    const gid = buildDimension(gidSets.ranges, ID_MAX, 'gids', budget);
    const pairs = feasiblePairs(uid, app, budget);
    const byUid = join(
      uid.count,
      app.count,
      parts.map((part) => [select(uid, part.uid), select(app, part.app)]),
      budget,
      pairs,
    );
    const all = join(
      byUid.count,
      gid.count,
      parts.map((part, i) => [byUid.classesOf[i] ?? [], select(gid, part.gid)]),
      budget,
    );
    this.uid = uid;
    this.app = app;
    this.gid = gid;
    this.appCount = app.count;
    this.gidCount = gid.count;
    this.joined = byUid.table;
    this.table = all.table;
    this.samples = all.samples.map(([joined, gidClass]) => {
      const [uidClass, appClass] = byUid.samples[joined] ?? [0, 0];
      return [pairs.get(uidClass * app.count + appClass) ?? 0, gid.samples[gidClass] ?? 0];
    });
    this.#classesOf = new Map(conditions.map((condition, i) => [condition, all.classesOf[i] ?? []]));
  }

  get count(): number {
    return this.samples.length;
  }

  /** The classes in which a condition holds, ascending. */
  classesOf(condition: CallerCondition): readonly number[] {
    return this.#classesOf.get(condition) ?? [];
  }
}

/** Of a condition's uids and users; undefined: any. */
export function uidRanges({ uids, users }: CallerCondition): IdRanges | undefined {
  const ofUsers =
    users &&
    normaliseRanges(
      users.map((user) => [user * USER_UIDS, Math.min((user + 1) * USER_UIDS - 1, ID_MAX)] as const),
    );
  return uids && ofUsers ? intersectRanges(uids, ofUsers) : (uids ?? ofUsers);
}

/** The app ids of a condition, by number and by package; undefined: any. */
function appRanges(condition: CallerCondition, known: KnownPackages): IdRanges | undefined {
  const ofPackages = packageApps(condition, known);
  const { apps } = condition;
  return apps && ofPackages ? intersectRanges(apps, ofPackages) : (apps ?? ofPackages);
}

/** App ids by package name; undefined: not known. */
type KnownPackages = ReadonlyMap<string, readonly number[]> | undefined;

/** The app ids of a condition's packages; undefined: any. */
export function packageApps({ packages }: CallerCondition, known: KnownPackages): IdRanges | undefined {
  if (!packages) return undefined;
  const ids = packages.flatMap((name) => known?.get(name) ?? []).map((id) => id % USER_UIDS);
  return normaliseRanges(ids.map((id) => [id, id] as const));
}

/** Numbers different sets of ranges. */
class RangeSets {
  readonly ranges: IdRanges[] = [];
  readonly #byKey = new Map<string, number>();

  id(ranges: IdRanges | undefined): number {
    if (!ranges) return ANY;
    const key = ranges.join(' ');
    let id = this.#byKey.get(key);
    if (id === undefined) {
      id = this.ranges.push(ranges) - 1;
      this.#byKey.set(key, id);
    }
    return id;
  }
}

const ANY = -1;

function buildDimension(sets: readonly IdRanges[], last: number, what: string, budget: Budget): Dimension {
  const changes = new Map<number, { on: number[]; off: number[] }>();
  const at = (id: number): { on: number[]; off: number[] } => {
    let change = changes.get(id);
    if (!change) changes.set(id, (change = { on: [], off: [] }));
    return change;
  };
  at(0);
  for (const [set, ranges] of sets.entries()) {
    budget.spend(ranges.length);
    for (const [low, high] of ranges) {
      at(low).on.push(set);
      if (high < last) at(high + 1).off.push(set);
    }
  }
  const starts = [...changes.keys()].sort((a, b) => a - b);
  const active = new Set<number>();
  const byKey = new Map<string, number>();
  const classes: number[] = [];
  const classesOf: number[][] = sets.map(() => []);
  const samples: number[] = [];
  for (const start of starts) {
    const change = changes.get(start);
    for (const set of change?.off ?? []) active.delete(set);
    for (const set of change?.on ?? []) active.add(set);
    budget.spend(active.size + 1);
    const members = [...active].sort((a, b) => a - b);
    const key = members.join();
    let unitClass = byKey.get(key);
    if (unitClass === undefined) {
      unitClass = samples.push(start) - 1;
      byKey.set(key, unitClass);
      for (const set of members) classesOf[set]?.push(unitClass);
      if (samples.length > LIMITS.callerClasses) throw tooMany(what);
    }
    classes.push(unitClass);
  }
  return { starts, classes, classesOf, samples, last, count: samples.length };
}

function tooMany(what: string): LimitReached {
  return new LimitReached(
    `the rules tell more than ${String(LIMITS.callerClasses)} sorts of callers apart by their ${what}; ` +
      'ask for ranges or sets that several rules share',
  );
}

function select(dimension: Dimension, set: number): readonly number[] {
  if (set !== ANY) return dimension.classesOf[set] ?? [];
  return dimension.samples.map((_, i) => i);
}

/** Pairs of uid and app class that some uid has, by uid class * app classes + app class: the first such uid. */
function feasiblePairs(uid: Dimension, app: Dimension, budget: Budget): ReadonlyMap<number, number> {
  const pairs = new Map<number, number>();
  for (const [i, start] of uid.starts.entries()) {
    const end = (uid.starts[i + 1] ?? uid.last + 1) - 1;
    const uidClass = uid.classes[i] ?? 0;
    budget.spend(app.starts.length);
    for (const [j, appStart] of app.starts.entries()) {
      const appEnd = (app.starts[j + 1] ?? USER_UIDS) - 1;
      // The first uid from `start` on whose app id is in the interval.
      const base = start - (start % USER_UIDS);
      const own = start % USER_UIDS;
      const first = own > appEnd ? base + USER_UIDS + appStart : base + Math.max(own, appStart);
      if (first > end) continue;
      const pair = uidClass * app.count + (app.classes[j] ?? 0);
      if (!pairs.has(pair)) pairs.set(pair, first);
    }
  }
  return pairs;
}

interface Joined {
  readonly table: readonly number[];
  readonly count: number;
  /** Joined classes by the number of what was joined. */
  readonly classesOf: readonly (readonly number[])[];
  readonly samples: readonly (readonly [number, number])[];
}

/**
 * Joins two dimensions: pairs that the same products hold in become one class.
 * @param products each a set of classes of the first and one of the second
 * @param feasible pairs that occur; undefined: all
 */
function join(
  firsts: number,
  seconds: number,
  products: readonly (readonly [readonly number[], readonly number[]])[],
  budget: Budget,
  feasible?: ReadonlyMap<number, number>,
): Joined {
  if (firsts * seconds > JOINED_MAX) throw tooMany('uids, app ids, packages and gids together');
  const members: number[][] = Array.from({ length: firsts * seconds }, () => []);
  for (const [number, [left, right]] of products.entries()) {
    budget.spend(left.length * right.length);
    for (const first of left) for (const second of right) members[first * seconds + second]?.push(number);
  }
  const table = new Array<number>(firsts * seconds).fill(0);
  const byKey = new Map<string, number>();
  const classesOf: number[][] = products.map(() => []);
  const samples: [number, number][] = [];
  for (const [pair, holds] of members.entries()) {
    if (feasible && !feasible.has(pair)) continue;
    const key = holds.join();
    let joined = byKey.get(key);
    if (joined === undefined) {
      joined = samples.push([Math.floor(pair / seconds), pair % seconds]) - 1;
      byKey.set(key, joined);
      if (samples.length > LIMITS.callerClasses) throw tooMany('uids, app ids, packages and gids');
      for (const product of holds) classesOf[product]?.push(joined);
    }
    table[pair] = joined;
  }
  return { table, count: samples.length, classesOf, samples };
}
