/** The supervisor: the volumes of this device, their policies, and what the control API may ask about them. */
import { release } from 'node:os';
import { ControlError } from '@sluice/control';
import type {
  ControlBackend,
  DaemonStatus,
  ExplainRequest,
  Explanation,
  NamedCount,
  PolicyDiagnostic,
  StoredPolicy,
  VolumeSpec,
  VolumeStats,
  VolumeStatus,
} from '@sluice/control';
import { ACCESS } from '@sluice/policy';
import type { Log } from './log.ts';
import { compile, diagnose } from './policy-loading.ts';
import type { LoadedPolicy } from './policy-loading.ts';
import { PolicyStore } from './policy-store.ts';
import type { StoredText } from './policy-store.ts';
import type { StateDirectory } from './state-directory.ts';
import { VERSION } from './version.ts';
import { pathInVolume } from './volume-path.ts';
import { VolumeProcess } from './volume-process.ts';
import { checkVolumeSpec } from './volume-spec.ts';

const DEFAULT_POLICY = 'big-files';

interface Volume {
  process: VolumeProcess;
  policy: StoredText;
  warnings: PolicyDiagnostic[];
}

export class Supervisor implements ControlBackend {
  readonly #state: StateDirectory;
  readonly #log: Log;
  readonly #store: PolicyStore;
  readonly #volumes = new Map<string, Volume>();
  /** Names of volumes that are being brought up. */
  readonly #starting = new Set<string>();
  readonly #startedAtMs = Date.now();

  constructor(state: StateDirectory, log: Log) {
    this.#state = state;
    this.#log = log;
    this.#store = new PolicyStore(state.policies);
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
    return Promise.resolve([...this.#volumes.values()].map(statusOf));
  }

  /** `policyName`: what the policy is called when `spec.policy` is a text. */
  async addVolume(spec: VolumeSpec, policyName = 'policy'): Promise<VolumeStatus> {
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
      const { loaded, stored } = this.#initialPolicy(checked, policyName);
      const process = await VolumeProcess.start(checked, this.#state.scratch, loaded.image, this.#log);
      this.#store.save(name, stored);
      const volume = { process, policy: stored, warnings: loaded.warnings };
      this.#volumes.set(name, volume);
      this.#log.info(
        `volume ${name}: ${checked.source} is served on ${checked.mountPoint} under policy ${stored.name}`,
      );
      return statusOf(volume);
    } finally {
      this.#starting.delete(name);
    }
  }

  async removeVolume(name: string, force: boolean): Promise<void> {
    const volume = this.#find(name);
    await volume.process.stop(force);
    this.#volumes.delete(volume.process.spec.name);
    this.#log.info(`volume ${volume.process.spec.name} removed`);
  }

  /** Ends all volumes, by force where files on them are open. */
  async shutDown(): Promise<void> {
    await Promise.all(
      [...this.#volumes.keys()].map(async (name) => {
        const { process } = this.#find(name);
        await process.stop(true);
        this.#volumes.delete(name);
      }),
    );
  }

  getPolicy(volume: string): Promise<StoredPolicy> {
    return Promise.resolve(storedPolicy(this.#find(volume)));
  }

  validatePolicy(text: string, fileName: string): Promise<PolicyDiagnostic[]> {
    return Promise.resolve(diagnose(text, fileName));
  }

  async applyPolicy(name: string, text: string, fileName: string): Promise<StoredPolicy> {
    const volume = this.#find(name);
    const loaded = compile(text, fileName);
    await volume.process.switchPolicy(loaded.image);
    volume.policy = {
      name: loaded.name,
      version: volume.policy.version + 1,
      appliedAtMs: Date.now(),
      text: loaded.text,
    };
    volume.warnings = loaded.warnings;
    this.#store.save(volume.process.spec.name, volume.policy);
    this.#log.info(
      `volume ${volume.process.spec.name}: policy ${loaded.name} in force, version ${volume.policy.version}`,
    );
    return storedPolicy(volume);
  }

  async explain(request: ExplainRequest): Promise<Explanation> {
    const volume = this.#find(request.volume, request.path);
    const { spec } = volume.process;
    const path = pathInVolume(request.path, spec);
    const result = await volume.process.explain(path, ACCESS[request.access], request.size);
    return {
      volume: spec.name,
      path,
      action: result.action,
      reason: result.reason,
      rule: result.rule,
      size: result.size,
      outcome: result.outcome,
      outcomeReason: result.outcomeReason,
      policyVersion: volume.policy.version,
    };
  }

  stats(name: string): Promise<VolumeStats[]> {
    const volumes = name === '' ? [...this.#volumes.values()] : [this.#find(name)];
    return Promise.resolve(volumes.map(statsOf));
  }

  /** The policy asked for, or the one stored for a volume of this name, or the default. */
  #initialPolicy(spec: VolumeSpec, policyName: string): { loaded: LoadedPolicy; stored: StoredText } {
    const before = this.#storedBefore(spec.name);
    if (spec.policy === '' && before !== undefined) {
      try {
        return { loaded: compile(before.text, before.name), stored: before };
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        this.#log.warn(
          `volume ${spec.name}: its stored policy is not usable, ${DEFAULT_POLICY} is used: ${reason}`,
        );
      }
    }
    const loaded = compile(spec.policy === '' ? DEFAULT_POLICY : spec.policy, policyName);
    const version = (before?.version ?? 0) + (before?.text === loaded.text ? 0 : 1);
    return { loaded, stored: { name: loaded.name, version, appliedAtMs: Date.now(), text: loaded.text } };
  }

  #storedBefore(name: string): StoredText | undefined {
    try {
      return this.#store.load(name);
    } catch (error) {
      this.#log.warn(`volume ${name}: ${error instanceof Error ? error.message : String(error)}`);
      return undefined;
    }
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

function isBeneath(path: string, directory: string): boolean {
  return path === directory || path.startsWith(`${directory}/`);
}

function statusOf({ process, policy }: Volume): VolumeStatus {
  const { spec } = process;
  return {
    name: spec.name,
    source: spec.source,
    mountPoint: spec.mountPoint,
    state: process.state,
    failure: process.failure,
    policy: policy.name,
    policyVersion: policy.version,
    timeoutSeconds: spec.timeoutSeconds,
    workers: spec.workers,
    pid: process.pid,
    nodes: process.statistics().nodes,
    reopenBy: process.reopenBy,
    passthrough: process.passthrough(),
    storage: process.storage(),
  };
}

function storedPolicy({ process, policy, warnings }: Volume): StoredPolicy {
  return {
    volume: process.spec.name,
    ...policy,
    warnings,
    openFilesUnderOlderPolicy: process.statistics().openUnderOlderPolicy,
  };
}

function statsOf({ process }: Volume): VolumeStats {
  const { requests, opens, openReasons, ...rest } = process.statistics();
  return {
    volume: process.spec.name,
    requests: named(requests),
    opens: named(opens),
    openReasons: named(openReasons),
    bytesRead: rest.bytesRead,
    bytesWritten: rest.bytesWritten,
    registrations: rest.registrations,
    nodes: rest.nodes,
    openFiles: rest.openFiles,
  };
}

function named(counts: Record<string, number>): NamedCount[] {
  return Object.entries(counts).map(([name, count]) => ({ name, count }));
}
