/** The supervisor: the volumes of this device, their policies, and what the control API may ask about them. */
import { statfsSync } from 'node:fs';
import { release } from 'node:os';
import { ControlError } from '@sluice/control';
import type {
  AppliedPolicy,
  ApplyOptions,
  Caller,
  ControlBackend,
  DaemonStatus,
  ExplainRequest,
  Explanation,
  PolicyDifference,
  PolicyEvent,
  PolicyValidation,
  PolicyVersion,
  StoredPolicy,
  TracePart,
  TraceRequest,
  ValidateOptions,
  VolumeSpec,
  VolumeStats,
  VolumeStatus,
} from '@sluice/control';
import type { CompileContext } from '@sluice/policy';
import { explainPath } from './explain-path.ts';
import { clearLeftOvers } from './left-over-mounts.ts';
import type { Log } from './log.ts';
import { MeasuredCosts } from './measured-costs.ts';
import { sourceFoldsNames } from './names-fold.ts';
import type { PackageTable } from './packages-file.ts';
import { differenceOf } from './policy-difference.ts';
import { DAEMON, PolicyLife } from './policy-life.ts';
import { diagnose, runExpectations } from './policy-loading.ts';
import type { LoadedPolicy } from './policy-loading.ts';
import { initialPolicy } from './policy-start.ts';
import { PolicyStore } from './policy-store.ts';
import type { StateDirectory } from './state-directory.ts';
import { recordTrace } from './trace-recording.ts';
import { VERSION } from './version.ts';
import { VolumeProcess } from './volume-process.ts';
import { checkVolumeSpec } from './volume-spec.ts';
import { statsOf } from './volume-stats.ts';

interface Volume {
  process: VolumeProcess;
  policy: PolicyLife;
  /** Names that differ in case alone are one name. */
  foldNames: boolean;
}

export class Supervisor implements ControlBackend {
  readonly #state: StateDirectory;
  readonly #log: Log;
  readonly #volumes = new Map<string, Volume>();
  /** Names of volumes that are being brought up. */
  readonly #starting = new Set<string>();
  readonly #startedAtMs = Date.now();
  /** App ids by package; undefined where there is no list. */
  #packages: PackageTable | undefined;

  constructor(state: StateDirectory, log: Log) {
    this.#state = state;
    this.#log = log;
  }

  async status(): Promise<DaemonStatus> {
    return {
      version: VERSION,
      pid: process.pid,
      startedAtMs: this.#startedAtMs,
      stateDirectory: this.#state.path,
      socket: this.#state.socket,
      kernelRelease: release(),
      volumes: await this.listVolumes(),
    };
  }

  listVolumes(): Promise<VolumeStatus[]> {
    return Promise.resolve([...this.#volumes.values()].map((volume) => this.#statusOf(volume)));
  }

  /**
   * `policyName`: what the policy is called when `spec.policy` is a text. `fallBack`: if that one is broken, go on with the
   * last good one of the volume, and say so.
   */
  async addVolume(spec: VolumeSpec, policyName = 'policy', fallBack = false): Promise<VolumeStatus> {
    await clearLeftOvers(spec.source, spec.mountPoint, this.#log);
    const checked = checkVolumeSpec(spec);
    const { name } = checked;
    if (this.#volumes.has(name) || this.#starting.has(name)) {
      throw new ControlError(
        'already_exists',
        `a volume "${name}" exists already: remove it first, or choose another name`,
      );
    }
    this.#starting.add(name);
    try {
      const volume = await this.#start(checked, policyName, fallBack);
      this.#volumes.set(name, volume);
      const { current, troubles } = volume.policy;
      this.#log.info(
        `volume ${name}: ${checked.source} is served on ${checked.mountPoint} under policy ${current.name}`,
      );
      const status = this.#statusOf(volume);
      for (const warning of new Set([...troubles, ...status.warnings]))
        this.#log.warn(`volume ${name}: ${warning}`);
      return status;
    } finally {
      this.#starting.delete(name);
    }
  }

  async #start(spec: VolumeSpec, wantedName: string, fallBack: boolean): Promise<Volume> {
    const { name: volume, policy: wanted } = spec;
    const store = new PolicyStore(this.#state.policies, volume);
    const foldNames = sourceFoldsNames(spec.source);
    const context = (): CompileContext => this.#context(foldNames);
    const initial = initialPolicy(store, { wanted, wantedName, fallBack, context: context() });
    const process = await this.#startProcess(spec, initial.loaded, foldNames);
    try {
      if (!initial.isStored) {
        store.prepare(initial.stored);
        store.commit(initial.stored.version);
      }
    } catch (error) {
      await process.stop(true);
      throw error;
    }
    const policy = new PolicyLife(
      {
        volume,
        store,
        log: this.#log,
        context,
        process: () => process.policy,
        followTrees: ({ image, treeDirectories }) => process.followTrees(image, treeDirectories),
        foreseeTrees: ({ image, treeDirectories }) => process.foreseeTrees(image, treeDirectories),
        openFilesUnderOlderPolicy: () => process.statistics().openUnderOlderPolicy,
      },
      initial,
    );
    return { process, policy, foldNames };
  }

  async #startProcess(spec: VolumeSpec, loaded: LoadedPolicy, foldNames: boolean): Promise<VolumeProcess> {
    const { image, treeDirectories } = loaded;
    const costs = new MeasuredCosts(this.#state.costs);
    const fileSystem = `0x${statfsSync(spec.source).type.toString(16)}`;
    const knownCost = costs.find(fileSystem);
    const start = {
      spec,
      scratchDirectory: this.#state.scratch,
      image,
      treeDirectories,
      foldNames,
      knownCost,
    };
    const process = await VolumeProcess.start(start, this.#log);
    const measured = process.proof?.cost;
    if (knownCost === undefined && measured !== undefined) costs.keep(fileSystem, measured);
    return process;
  }

  async removeVolume(name: string, force: boolean): Promise<void> {
    const volume = this.#find(name);
    await volume.process.stop(force);
    volume.policy.events.end();
    this.#volumes.delete(volume.process.spec.name);
    this.#log.info(`volume ${volume.process.spec.name} removed`);
  }

  /** Ends all volumes, by force where files on them are open. */
  async shutDown(): Promise<void> {
    await Promise.all(
      [...this.#volumes.keys()].map(async (name) => {
        const { process, policy } = this.#find(name);
        policy.events.end();
        await process.stop(true);
        this.#volumes.delete(name);
      }),
    );
  }

  /** The list of packages is another one now: policies that name packages are compiled again. */
  setPackages(packages: PackageTable | undefined): void {
    this.#packages = packages;
    for (const { policy, process } of this.#volumes.values()) {
      policy.recompile('the list of packages has changed').catch((error: unknown) => {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn(`volume ${process.spec.name}: its policy is still by the old packages: ${reason}`);
      });
    }
  }

  async getPolicy(volume: string, version = 0): Promise<StoredPolicy> {
    return this.#find(volume).policy.get(version);
  }

  async validatePolicy(
    text: string,
    fileName: string,
    { expectations = false, volume = '' }: ValidateOptions = {},
  ): Promise<PolicyValidation> {
    const foldNames = volume === '' ? (this.#only()?.foldNames ?? false) : this.#find(volume).foldNames;
    const context = this.#context(foldNames);
    const { name, policy, diagnostics } = diagnose(text, fileName, context);
    if (!expectations || policy === undefined) {
      return { diagnostics, expectationsPassed: 0, expectationsFailed: [] };
    }
    const { passed, failed } = runExpectations(policy, name, context);
    return { diagnostics, expectationsPassed: passed, expectationsFailed: failed };
  }

  async applyPolicy(
    volume: string,
    text: string,
    fileName: string,
    options: ApplyOptions = {},
    caller: Caller = DAEMON,
  ): Promise<AppliedPolicy> {
    return this.#find(volume).policy.apply(text, fileName, options, caller);
  }

  async rollbackPolicy(
    volume: string,
    version: number,
    options: ApplyOptions = {},
    caller: Caller = DAEMON,
  ): Promise<AppliedPolicy> {
    return this.#find(volume).policy.rollback(version, options, caller);
  }

  async listPolicyVersions(volume: string): Promise<PolicyVersion[]> {
    return this.#find(volume).policy.versions();
  }

  async diffPolicies(volume: string, from: number, to: number): Promise<PolicyDifference> {
    const { policy } = this.#find(volume);
    const before = policy.version(from === 0 ? policy.before() : from);
    return differenceOf(before, to === 0 ? policy.current : policy.version(to));
  }

  async *watchPolicy(
    volume: string,
    afterVersion: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<PolicyEvent> {
    const { policy } = this.#find(volume);
    yield* policy.events.watch(() => policy.past(afterVersion), signal);
  }

  async explain(request: ExplainRequest): Promise<Explanation> {
    const { process, policy, foldNames } = this.#find(request.volume, request.path);
    return explainPath(process, policy.current, this.#context(foldNames), request);
  }

  async *recordTrace(request: TraceRequest, signal: AbortSignal): AsyncGenerator<TracePart> {
    const { process, policy, foldNames } = this.#find(request.volume);
    const { version, name, digest } = policy.current;
    const header = {
      format: 1,
      volume: process.spec.name,
      policyVersion: version,
      policyName: name,
      policyDigest: digest,
      foldNames,
      hashed: request.hashNames,
      keepExtensions: request.keepExtensions,
      startedAtMs: Date.now(),
    } as const;
    yield* recordTrace(process.traces, request, header, signal);
  }

  stats(name: string): Promise<VolumeStats[]> {
    const volumes = name === '' ? [...this.#volumes.values()] : [this.#find(name)];
    return Promise.resolve(volumes.map(({ process }) => statsOf(process)));
  }

  #context(foldNames: boolean): CompileContext {
    const packages = this.#packages;
    return packages === undefined ? { foldNames } : { foldNames, packages };
  }

  #only(): Volume | undefined {
    return this.#volumes.size === 1 ? [...this.#volumes.values()][0] : undefined;
  }

  #statusOf({ process, policy }: Volume): VolumeStatus {
    const { spec } = process;
    return {
      name: spec.name,
      source: spec.source,
      mountPoint: spec.mountPoint,
      state: process.state,
      failure: process.failure,
      policy: policy.current.name,
      policyVersion: policy.current.version,
      timeoutSeconds: spec.timeoutSeconds,
      workers: spec.workers,
      pid: process.pid,
      nodes: process.statistics().nodes,
      reopenBy: process.reopenBy,
      passthrough: process.passthrough(),
      storage: process.storage(),
      warnings: [
        ...policy.troubles,
        ...(policy.asksCallers ? callersUnknown(spec) : []),
        ...process.warnings(),
      ],
      trees: process.trees(),
    };
  }

  /** The volume called `name`; without a name the one beneath whose mount point or source `path` lies, or the only one. */
  #find(name: string, path = ''): Volume {
    if (name !== '') {
      const volume = this.#volumes.get(name);
      if (volume !== undefined) return volume;
      const known = [...this.#volumes.keys()].join(', ');
      throw new ControlError(
        'not_found',
        `there is no volume "${name}"; there is ${known === '' ? 'none' : known}`,
      );
    }
    const all = [...this.#volumes.values()];
    const holding = all.filter(
      ({ process: { spec } }) => isBeneath(path, spec.mountPoint) || isBeneath(path, spec.source),
    );
    const [only, ...others] = holding.length > 0 ? holding : all;
    if (only === undefined) throw new ControlError('not_found', 'there is no volume');
    if (others.length > 0) {
      throw new ControlError(
        'invalid_argument',
        `name one of the volumes: ${[...this.#volumes.keys()].join(', ')}`,
      );
    }
    return only;
  }
}

function callersUnknown({ storage }: VolumeSpec): string[] {
  if (storage.engine === 'fuse-native') return [CALLERS_NOT_TOLD];
  return storage.idmap ? [CALLERS_UNKNOWN] : [];
}

const CALLERS_NOT_TOLD =
  'the engine fuse-native does not tell who calls: rules that ask for a caller match NOBODY, whether they keep ' +
  'something from a caller or grant it; serve the volume with the engine session for such a policy';

/** ALLOW_IDMAP (fs/fuse/dev.c): the kernel sends ids only with what creates something. */
const CALLERS_UNKNOWN =
  'the mount may be idmapped, so the kernel does not tell who calls: rules that ask for a caller match nobody but ' +
  'where something is made; serve the volume without --idmap for such a policy';

function isBeneath(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}
