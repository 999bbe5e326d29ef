/**
 * The life of one volume's policy: which version is in force, how another comes to be, and what is left of those before.
 * Changes come one after the other; whoever watches is told of each.
 */
import { ControlError } from '@sluice/control';
import type {
  AppliedPolicy,
  ApplyOptions,
  Caller,
  PolicyChange,
  PolicyDiagnostic,
  PolicyEvent,
  PolicyVersion,
  StoredPolicy,
} from '@sluice/control';
import type { CompileContext } from '@sluice/policy';
import type { Log } from './log.ts';
import { PolicyEvents } from './policy-events.ts';
import { compile } from './policy-loading.ts';
import type { LoadedPolicy } from './policy-loading.ts';
import { digestOf } from './policy-store.ts';
import type { PolicyStore, StoredVersion } from './policy-store.ts';
import type { InitialPolicy } from './policy-start.ts';
import type { TreesChange } from './volume-trees.ts';
import { textOf } from './error-text.ts';

/** What the volume's process does for its policy. */
export interface PolicySwitch {
  switch(image: Uint8Array): Promise<void>;
  changeMade(): Promise<PolicyChange>;
  changeBy(image: Uint8Array): Promise<PolicyChange>;
}

export interface PolicyLifeOptions {
  volume: string;
  store: PolicyStore;
  log: Log;
  /** What policies of this volume are compiled for, now. */
  context: () => CompileContext;
  /** Throws a {@link ControlError} while the volume does not serve. */
  process: () => PolicySwitch;
  /** Binds and unbinds directories as the policy now in force says. */
  followTrees: (loaded: LoadedPolicy) => Promise<TreesChange>;
  /** What that would bind and unbind. */
  foreseeTrees: (loaded: LoadedPolicy) => Promise<TreesChange>;
  /** Files that stay open under the decision of an earlier policy. */
  openFilesUnderOlderPolicy: () => number;
}

export const DAEMON: Caller = { uid: 0, pid: 0, program: 'sluiced' };

const NOT_EXAMINED: PolicyChange = {
  nodesExamined: 0,
  nodesChanged: 0,
  invalidatedEntries: 0,
  invalidatedAttributes: 0,
  openFilesExamined: 0,
  openFilesChanged: 0,
  samples: [],
  openFilesUnderOlderPolicy: [],
  callersCompared: 0,
  callersCapped: false,
  incomplete: true,
  treesBound: [],
  treesUnbound: [],
};

export class PolicyLife {
  readonly events = new PolicyEvents();
  readonly #options: PolicyLifeOptions;
  #current: StoredVersion;
  #warnings: PolicyDiagnostic[];
  #asksCallers: boolean;
  /** Of the image in force. */
  #imageDigest: string;
  /** What was wrong when the volume started, or when a version could not be kept; until the next policy. */
  #troubles: string[];
  /** The last of the changes that come one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PolicyLifeOptions, { loaded, stored, troubles }: InitialPolicy) {
    this.#options = options;
    this.#current = stored;
    this.#warnings = loaded.warnings;
    this.#asksCallers = loaded.asksCallers;
    this.#imageDigest = digestOf(loaded.image);
    this.#troubles = troubles;
  }

  get current(): StoredVersion {
    return this.#current;
  }

  get troubles(): string[] {
    return this.#troubles;
  }

  /** The policy in force asks who calls. */
  get asksCallers(): boolean {
    return this.#asksCallers;
  }

  get(version: number): StoredPolicy {
    const stored = version === 0 ? this.#current : this.version(version);
    return this.#asStored(stored, stored.version === this.#current.version ? this.#warnings : []);
  }

  /** @throws ControlError `not_found`, or `failed_precondition` for one that is damaged. */
  version(version: number): StoredVersion {
    if (version === this.#current.version) return this.#current;
    const stored = this.#options.store.read(version);
    const { volume } = this.#options;
    if (stored === undefined) {
      throw new ControlError('not_found', `volume ${volume} has no policy version ${version} (any more)`);
    }
    if ('because' in stored) {
      throw new ControlError(
        'failed_precondition',
        `policy version ${version} is damaged: ${stored.because}`,
      );
    }
    return stored;
  }

  /** The newest first; damaged ones are left out. */
  versions(): PolicyVersion[] {
    return this.#readable().map(({ text: _text, ...version }) => ({
      ...version,
      inForce: version.version === this.#current.version,
    }));
  }

  /** The newest readable version below that in force. @throws ControlError `failed_precondition` if there is none. */
  before(): number {
    const { store, volume } = this.#options;
    for (const version of store.versions()) {
      if (version >= this.#current.version) continue;
      const stored = store.read(version);
      if (stored !== undefined && !('because' in stored)) return version;
    }
    throw new ControlError('failed_precondition', `volume ${volume} has no policy before the one in force`);
  }

  apply(text: string, fileName: string, options: ApplyOptions, caller: Caller): Promise<AppliedPolicy> {
    return this.#inTurn(() => this.#apply(text, fileName, 0, options, caller));
  }

  /** `version` 0: the one before that in force. */
  rollback(version: number, options: ApplyOptions, caller: Caller): Promise<AppliedPolicy> {
    return this.#inTurn(() => {
      this.#expect(options);
      const { text, name, version: rollbackOf } = this.version(version === 0 ? this.before() : version);
      return this.#apply(text, name, rollbackOf, options, caller);
    });
  }

  /** What policies are compiled for has changed: the same version again, if that makes another image of it. */
  recompile(because: string): Promise<void> {
    return this.#inTurn(async () => {
      const { log, volume, context, process } = this.#options;
      const { text, name, version, digest, rollbackOf } = this.#current;
      const loaded = compile(text, name, context());
      if (digestOf(loaded.image) === this.#imageDigest) return;
      const running = process();
      await running.switch(loaded.image);
      this.#take(loaded);
      log.info(`volume ${volume}: policy ${name}, version ${version}, compiled again: ${because}`);
      await running.changeMade();
      await this.#followTrees(loaded);
      const event = { volume, version, name, digest, rollbackOf, why: because, message: '' };
      this.events.tell({ kind: 'recompiled', atMs: Date.now(), by: DAEMON, ...event });
    });
  }

  /** Events of the versions after `version`, the oldest first. */
  past(version: number | undefined): PolicyEvent[] {
    if (version === undefined) return [];
    return this.#readable()
      .filter((each) => each.version > version)
      .map((each) => this.#eventOf(each))
      .reverse();
  }

  async #apply(
    text: string,
    fileName: string,
    rollbackOf: number,
    options: ApplyOptions,
    caller: Caller,
  ): Promise<AppliedPolicy> {
    const { store, log, volume, context, process } = this.#options;
    this.#expect(options);
    const running = process();
    const loaded = this.#compiled(text, fileName, context(), options, caller);
    const next: StoredVersion = {
      version: Math.max(this.#current.version, store.versions()[0] ?? 0) + 1,
      name: loaded.name,
      appliedAtMs: Date.now(),
      appliedBy: caller,
      why: options.why ?? '',
      digest: digestOf(loaded.text),
      rollbackOf,
      text: loaded.text,
    };
    if (options.dryRun === true) {
      const change = await running.changeBy(loaded.image);
      const { bound, unbound } = await this.#options.foreseeTrees(loaded);
      const stored = this.#asStored(next, loaded.warnings);
      return { ...stored, change: { ...change, treesBound: bound, treesUnbound: unbound } };
    }
    store.prepare(next);
    try {
      await running.switch(loaded.image);
    } catch (error) {
      store.discard(next.version);
      throw error;
    }
    const before = this.#current.version;
    this.#current = next;
    this.#take(loaded);
    this.#troubles = this.#committed(next.version, before);
    log.info(
      `volume ${volume}: policy ${next.name} in force, version ${next.version}, by uid ${caller.uid} ` +
        `(pid ${caller.pid} ${JSON.stringify(caller.program)})${rollbackOf > 0 ? `, rolled back to ${rollbackOf}` : ''}`,
    );
    this.events.tell(this.#eventOf(next));
    // Before the kernel is told to forget names: what it forgets a mount goes with.
    const trees = await this.#followTrees(loaded);
    // The policy is in force by now, whatever becomes of the report.
    const change = await running.changeMade().catch((error: unknown) => {
      log.warn(`volume ${volume}: what the policy changed is not known: ${textOf(error)}`);
      return NOT_EXAMINED;
    });
    const stored = this.#asStored(next, loaded.warnings);
    return { ...stored, change: { ...change, treesBound: trees.bound, treesUnbound: trees.unbound } };
  }

  /** Never rejects: the policy is in force, and what cannot be bound is served. */
  async #followTrees(loaded: LoadedPolicy): Promise<TreesChange> {
    const { log, volume, followTrees } = this.#options;
    return followTrees(loaded).catch((error: unknown) => {
      log.warn(`volume ${volume}: its trees are not as the policy says: ${textOf(error)}`);
      return { bound: [], unbound: [] };
    });
  }

  /** What is wrong now: nothing, unless the version cannot be made the one that a restart begins with. */
  #committed(version: number, before: number): string[] {
    const { store, log, volume } = this.#options;
    try {
      store.commit(version);
      return [];
    } catch (error) {
      const trouble =
        `policy version ${version} is in force but could not be noted as such (${textOf(error)}): ` +
        `after a restart version ${before} will be in force; apply it again when there is room`;
      log.warn(`volume ${volume}: ${trouble}`);
      return [trouble];
    }
  }

  #compiled(
    text: string,
    fileName: string,
    context: CompileContext,
    { dryRun, why = '' }: ApplyOptions,
    by: Caller,
  ): LoadedPolicy {
    try {
      return compile(text, fileName, context);
    } catch (error) {
      const { volume } = this.#options;
      const { version } = this.#current;
      const refused = { volume, version, name: fileName, by, why, digest: digestOf(text), rollbackOf: 0 };
      if (dryRun !== true) {
        this.events.tell({ kind: 'refused', atMs: Date.now(), ...refused, message: textOf(error) });
      }
      throw error;
    }
  }

  #expect({ expectedVersion }: ApplyOptions): void {
    const { version } = this.#current;
    if (expectedVersion === undefined || expectedVersion === version) return;
    throw new ControlError(
      'aborted',
      `version ${version} is in force, not ${expectedVersion}: somebody was faster; look at it and try again`,
    );
  }

  #take(loaded: LoadedPolicy): void {
    this.#warnings = loaded.warnings;
    this.#asksCallers = loaded.asksCallers;
    this.#imageDigest = digestOf(loaded.image);
  }

  #readable(): StoredVersion[] {
    const { store } = this.#options;
    return store.versions().flatMap((version) => {
      if (version === this.#current.version) return [this.#current];
      const stored = store.read(version);
      return stored === undefined || 'because' in stored ? [] : [stored];
    });
  }

  #asStored(version: StoredVersion, warnings: PolicyDiagnostic[]): StoredPolicy {
    const { volume, openFilesUnderOlderPolicy } = this.#options;
    return { volume, ...version, warnings, openFilesUnderOlderPolicy: openFilesUnderOlderPolicy() };
  }

  #eventOf({ version, name, appliedAtMs, appliedBy, why, digest, rollbackOf }: StoredVersion): PolicyEvent {
    const kind = rollbackOf > 0 ? 'rolled-back' : 'applied';
    const { volume } = this.#options;
    return {
      kind,
      volume,
      version,
      name,
      atMs: appliedAtMs,
      by: appliedBy,
      why,
      digest,
      rollbackOf,
      message: '',
    };
  }

  #inTurn<T>(act: () => T | Promise<T>): Promise<T> {
    const mine = this.#last.then(act);
    this.#last = mine.catch(() => undefined);
    return mine;
  }
}
