/**
 * The trees of one volume: lower directories bound over those of the mount, so that nothing beneath reaches the daemon. What
 * is bound is read off the mount table each time; what ought to be is what policy says of the directories that were named or
 * seen. Changes come one after the other, made by a process of their own (tree-binding.ts): the supervisor never touches its
 * mounts.
 */
import { readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { ControlError } from '@sluice/control';
import type { TreeStatus } from '@sluice/control';
import { ERRNO, MS } from '@sluice/sys';
import type { Log } from './log.ts';
import { mountAt, parseMounts } from '@sluice/session';
import { askBinder } from './tree-binding.ts';
import { becauseOf, isAbsent } from './tree-because.ts';
import { bindFlags, boundTrees, lowerRoot, treeKey } from './tree-mounts.ts';
import type { BoundTree, LowerRoot } from './tree-mounts.ts';
import type { TreePolicy } from './tree-policy.ts';

/** Directories of one volume that are bound at a time; as many more are shown as served. */
export const TREES_MAX = 256;
const WITHIN_MS = 10_000;
/** Directories are made and looked up by the dozen: one process for all of them. */
const GATHER_MS = 10;
const ROUNDS = 4;

export interface TreesOptions {
  volume: string;
  mountPoint: string;
  /** Set-id bits and device files count on the mount. */
  suid: boolean;
  dev: boolean;
  /** The mount may be idmapped, which what is bound on it would not be: nothing is. */
  idmap: boolean;
  /** Names that differ in case alone are one name. */
  foldNames: boolean;
  /** Of the source. */
  rootFd: number;
  log: Log;
}

/** Paths relative to the volume. */
export interface TreesChange {
  bound: string[];
  unbound: string[];
}

export class VolumeTrees {
  readonly #options: TreesOptions;
  readonly #key = (path: string): string => treeKey(path, this.#options);
  #policy: TreePolicy | undefined;
  /** Directories that are to be bound if policy says so: named by it, or seen. */
  readonly #known = new Set<string>();
  /** Of these, those to try at the next opportunity. */
  readonly #pending = new Set<string>();
  /** Those that the daemon serves instead, and why. */
  readonly #because = new Map<string, string>();
  #isOpen = false;
  #gathering: NodeJS.Timeout | undefined;
  #last: Promise<unknown> = Promise.resolve();
  #limitTold = false;

  constructor(options: TreesOptions) {
    this.#options = options;
  }

  /** The policy in force; from then on, directories are bound as it says. What that has changed. */
  follow(policy: TreePolicy): Promise<TreesChange> {
    return this.#inTurn(() => {
      this.#policy = policy;
      this.#isOpen = true;
      this.#limitTold = false;
      const again = [...policy.directories, ...this.#known];
      this.#known.clear();
      this.#because.clear();
      this.#pending.clear();
      for (const path of again) this.#consider(path);
      return this.#settle();
    });
  }

  /**
   * What {@link follow} would change, and nothing is: of the directories that the policy names or that were seen as trees.
   * Others that a pattern of it is about become known when they are looked up.
   */
  foresee(policy: TreePolicy): Promise<TreesChange> {
    return this.#inTurn(async () => {
      const { rootFd, idmap } = this.#options;
      const now = this.#bound();
      const unbound = now
        .filter(({ path, matches }) => !matches || !policy.isTop(path))
        .map(({ path }) => path);
      const kept = new Set(now.map(({ path }) => path).filter((path) => !unbound.includes(path)));
      const keptKeys = new Set([...kept].map(this.#key));
      const wanted = [...new Set([...policy.directories, ...this.#known])].filter(
        (path) => !idmap && !keptKeys.has(this.#key(path)) && policy.isTop(path),
      );
      if (wanted.length === 0) return { bound: [], unbound };
      const answers = await askBinder({ type: 'look', paths: wanted }, rootFd, WITHIN_MS);
      const there = answers.flatMap((each) =>
        each.type === 'looked' && each.result === 0 ? [each.path] : [],
      );
      return { bound: there.slice(0, Math.max(0, TREES_MAX - kept.size)), unbound };
    });
  }

  /** The volume's server knows a `tree` directory, or one has moved to `path`. */
  seen(path: string, moved: boolean): void {
    if (!this.#isOpen) return;
    if (moved) {
      for (const named of this.#policy?.directories ?? [])
        if (named === path || named.startsWith(`${path}/`)) this.#consider(named);
    } else this.#consider(path);
    this.#gathering ??= setTimeout(() => {
      this.#gathering = undefined;
      this.#inTurn(() => this.#settle()).catch((error: unknown) => {
        this.#options.log.warn(`volume ${this.#options.volume}: trees: ${String(error)}`);
      });
    }, GATHER_MS);
  }

  /** By path. */
  status(): TreeStatus[] {
    if (!this.#isOpen || this.#policy?.hasTrees !== true) return [];
    const bound = new Set(this.#bound().map(({ path }) => path));
    const keys = new Set([...bound].map(this.#key));
    const trees: TreeStatus[] = [...bound].map((path) => ({ path, state: 'bound', because: '' }));
    for (const [path, because] of this.#because)
      if (!keys.has(this.#key(path))) trees.push({ path, state: 'served', because });
    for (const path of this.#known) {
      if (keys.has(this.#key(path)) || this.#because.has(path) || this.#pending.has(path)) continue;
      trees.push({ path, state: 'served', because: 'it is not mounted any more' });
    }
    return trees.sort((a, b) => (a.path < b.path ? -1 : 1)).slice(0, 2 * TREES_MAX);
  }

  /**
   * Unbinds everything, and binds nothing any more. Rejects with a {@link ControlError} where files are open on one, which
   * then are all bound again; `lazily`: takes them out nevertheless.
   */
  takeDown(lazily: boolean): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#isOpen) return;
      this.#isOpen = false;
      clearTimeout(this.#gathering);
      this.#gathering = undefined;
      const bound = this.#bound().map(({ path }) => path);
      if (bound.length === 0) return;
      const { unbound, failed } = await this.#perform(bound, [], lazily);
      const [kept] = failed;
      if (lazily || kept === undefined) return;
      this.#isOpen = true;
      for (const path of unbound) this.#consider(path);
      await this.#settle();
      const why = kept.result === -ERRNO.EBUSY ? 'files on it are open' : becauseOf(kept.step, kept.result);
      const { mountPoint } = this.#options;
      throw new ControlError(
        'failed_precondition',
        `${mountPoint} cannot be unmounted: ${why} (in the tree ${kept.path}); close them or use --force`,
      );
    });
  }

  /** After {@link takeDown}, when the volume stays after all. */
  async resume(): Promise<void> {
    const policy = this.#policy;
    if (policy !== undefined) await this.follow(policy);
  }

  #consider(path: string): void {
    // As many again may be shown as served: what comes beyond is served and not shown.
    if (!this.#known.has(path) && this.#known.size >= 4 * TREES_MAX) return;
    this.#known.add(path);
    this.#pending.add(path);
  }

  /** Makes the mounts what policy says. */
  async #settle(): Promise<TreesChange> {
    const change: TreesChange = { bound: [], unbound: [] };
    for (let round = 0; round < ROUNDS; round++) {
      const policy = this.#policy;
      if (policy === undefined || !this.#isOpen) break;
      const unbound = await this.#settleOnce(policy, change);
      // A directory that is being renamed takes its mount along: then it is there under another name.
      if (unbound === 0) break;
      await delay(GATHER_MS);
    }
    const { log, volume } = this.#options;
    if (change.unbound.length > 0)
      log.info(`volume ${volume}: trees back with the daemon: ${change.unbound.join(', ')}`);
    if (change.bound.length > 0) log.info(`volume ${volume}: trees bound: ${change.bound.join(', ')}`);
    return change;
  }

  /** How many were to be unbound. What was done is added to `change`. */
  async #settleOnce(policy: TreePolicy, change: TreesChange): Promise<number> {
    const now = this.#bound();
    const drop = now.filter(({ path, matches }) => !matches || !policy.isTop(path)).map(({ path }) => path);
    for (const path of drop) this.#forget(path);
    const kept = new Set(
      now
        .map(({ path }) => path)
        .filter((path) => !drop.includes(path))
        .map(this.#key),
    );
    const wanted = this.#unsettled().filter(
      (path) => !kept.has(this.#key(path)) && this.#mayBind(policy, path),
    );
    this.#pending.clear();
    const room = Math.max(0, TREES_MAX - kept.size);
    for (const path of wanted.slice(room)) this.#because.set(path, this.#beyond());
    if (drop.length + Math.min(room, wanted.length) === 0) return 0;
    const done = await this.#perform(drop, wanted.slice(0, room), true);
    change.bound.push(...done.bound);
    change.unbound.push(...done.unbound);
    return drop.length;
  }

  /** What is new, and what was bound, whether or not it still is: a mount goes when its directory is away for a moment. */
  #unsettled(): string[] {
    return [...this.#known].filter((path) => this.#pending.has(path) || !this.#because.has(path));
  }

  /** What is not a tree, or not there to stay, is forgotten. */
  #mayBind(policy: TreePolicy, path: string): boolean {
    if (policy.isTop(path)) {
      if (!this.#options.idmap) return true;
      this.#because.set(path, 'the mount may be idmapped, which what is bound on it would not be');
      return false;
    }
    if (policy.isGuarded(path))
      this.#because.set(path, 'an earlier rule hides, redacts or denies something in it');
    else this.#forget(path);
    return false;
  }

  async #perform(unbind: string[], bind: string[], lazily: boolean) {
    const { mountPoint, suid, dev, rootFd, volume, log } = this.#options;
    const mountId = mountAt(this.#mounts(), mountPoint)?.id ?? -1;
    const flags = bindFlags(this.#lower()?.options ?? [], suid, dev, MS);
    const task = { type: 'trees', mountPoint, mountId, flags, unbind, lazily, bind } as const;
    const answers = await askBinder(task, rootFd, WITHIN_MS);
    const bound: string[] = [];
    const unbound: string[] = [];
    const failed: { path: string; result: number; step: string }[] = [];
    const unanswered = new Set(bind);
    for (const answer of answers) {
      if (answer.type === 'probed' || answer.type === 'looked') continue;
      const { type, path, result, step } = answer;
      if (type === 'unbound') {
        // EINVAL, ENOENT: somebody else has unmounted it, or it went with its directory.
        if (result === 0 || result === -ERRNO.EINVAL || result === -ERRNO.ENOENT) unbound.push(path);
        else failed.push({ path, result, step });
        continue;
      }
      unanswered.delete(path);
      this.#because.delete(path);
      if (result === 0) bound.push(path);
      else if (isAbsent(step, result)) this.#forget(path);
      else this.#because.set(path, becauseOf(step, result));
    }
    for (const path of unanswered)
      this.#because.set(path, `it could not be bound within ${WITHIN_MS / 1000} s`);
    for (const { path, result, step } of failed)
      if (lazily) log.warn(`volume ${volume}: the tree ${path} stays bound: ${becauseOf(step, result)}`);
    return { bound, unbound, failed };
  }

  #beyond(): string {
    const { volume, log } = this.#options;
    const because = `${TREES_MAX} directories are bound, which is the most of one volume`;
    if (!this.#limitTold) log.warn(`volume ${volume}: not every tree leaves the daemon: ${because}`);
    this.#limitTold = true;
    return because;
  }

  #forget(path: string): void {
    this.#known.delete(path);
    this.#because.delete(path);
  }

  #bound(): BoundTree[] {
    const lower = this.#lower();
    if (lower === undefined) return [];
    return boundTrees(this.#mounts(), this.#options.mountPoint, lower);
  }

  #lower(): LowerRoot | undefined {
    const { rootFd, foldNames } = this.#options;
    return sourceRoot(rootFd, foldNames);
  }

  #mounts() {
    return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  }

  #inTurn<T>(act: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}

/** Where the directory open as `fd` lies, wherever it was moved to. */
export function sourceRoot(fd: number, foldNames: boolean): LowerRoot | undefined {
  const id = /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
  const mounts = parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
  return lowerRoot(mounts, Number(id), readlinkSync(`/proc/self/fd/${fd}`), foldNames);
}
