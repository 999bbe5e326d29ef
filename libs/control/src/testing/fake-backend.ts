import {
  ControlError,
  type ControlBackend,
  type ExplainRequest,
  type Explanation,
  type PolicyDiagnostic,
  type StoredPolicy,
  type VolumeSpec,
  type VolumeStats,
  type VolumeStatus,
} from '../backend.ts';

/**
 * A daemon without volumes servers, for tests of whatever speaks the control API: it keeps volumes and policies in
 * memory, follows the rules of the interface, and knows two broken policies by their text. Calls are recorded.
 */
export class FakeBackend implements ControlBackend {
  readonly calls: { method: keyof ControlBackend; arguments: unknown[] }[] = [];
  readonly volumes = new Map<string, { status: VolumeStatus; policy: StoredPolicy }>();
  /** Takes the place of the next answer, whatever the method. */
  nextFailure: Error | undefined;

  async status() {
    this.#record('status');
    return {
      version: '0.1.0',
      pid: 4242,
      startedAtMs: 1_700_000_000_123,
      stateDirectory: '/var/lib/sluice',
      socket: '/var/lib/sluice/control.sock',
      kernelRelease: '6.12.0-test',
      volumes: this.#statuses(),
    };
  }

  async listVolumes() {
    this.#record('listVolumes');
    return this.#statuses();
  }

  async addVolume(spec: VolumeSpec) {
    this.#record('addVolume', spec);
    const name = spec.name || (spec.mountPoint.split('/').pop() ?? '');
    if (this.volumes.has(name)) throw new ControlError('already_exists', `there is a volume ${name} already`);
    const policy = storedPolicy(name, spec.policy || 'big-files', spec.policy || 'big-files');
    this.volumes.set(name, { status: volumeStatus(name, spec, policy), policy });
    return this.#volume(name).status;
  }

  async removeVolume(name: string, force: boolean) {
    this.#record('removeVolume', name, force);
    const { status } = this.#volume(name);
    if (!force && status.nodes > 1) {
      throw new ControlError('failed_precondition', `files on ${status.mountPoint} are open`);
    }
    this.volumes.delete(name);
  }

  async getPolicy(volume: string) {
    this.#record('getPolicy', volume);
    return this.#volume(volume).policy;
  }

  async validatePolicy(text: string, fileName: string) {
    this.#record('validatePolicy', text, fileName);
    return diagnose(text, fileName);
  }

  async applyPolicy(volume: string, text: string, fileName: string) {
    this.#record('applyPolicy', volume, text, fileName);
    const known = this.#volume(volume);
    const diagnostics = diagnose(text, fileName);
    if (diagnostics.some(({ severity }) => severity === 'error')) {
      throw new ControlError('invalid_argument', `the policy ${fileName} is broken`, diagnostics);
    }
    const { version } = known.policy;
    const name = fileName.replace(/^preset:/, '');
    known.policy = {
      ...storedPolicy(known.status.name, name, text),
      version: version + 1,
      warnings: diagnostics,
      openFilesUnderOlderPolicy: 2,
    };
    known.status = { ...known.status, policy: name, policyVersion: version + 1 };
    return known.policy;
  }

  async explain(request: ExplainRequest): Promise<Explanation> {
    this.#record('explain', request);
    const { status } = this.#volume(request.volume);
    const size = request.size ?? 4_000_000_000;
    const large = size >= 1_048_576;
    return {
      volume: status.name,
      path: request.path,
      action: large ? 'passthrough' : 'cached',
      reason: large ? 'rule' : 'default',
      rule: large ? 'videos' : 'default',
      size,
      outcome: 'cached',
      outcomeReason: 'inode-cached',
      policyVersion: status.policyVersion,
    };
  }

  async stats(volume: string): Promise<VolumeStats[]> {
    this.#record('stats', volume);
    const names = volume === '' ? [...this.volumes.keys()] : [this.#volume(volume).status.name];
    return names.map(volumeStats);
  }

  #record(method: keyof ControlBackend, ...given: unknown[]): void {
    this.calls.push({ method, arguments: given });
    const failure = this.nextFailure;
    this.nextFailure = undefined;
    if (failure) throw failure;
  }

  #statuses(): VolumeStatus[] {
    return [...this.volumes.values()].map(({ status }) => status);
  }

  #volume(name: string): { status: VolumeStatus; policy: StoredPolicy } {
    const only = name === '' && this.volumes.size === 1 ? [...this.volumes.values()][0] : undefined;
    const found = only ?? this.volumes.get(name);
    if (!found)
      throw new ControlError('not_found', name === '' ? 'which volume?' : `there is no volume ${name}`);
    return found;
  }
}

/** The texts the fake calls broken and suspicious. */
export const BROKEN_POLICY = 'rules:\n  - action: pasthrough\n';
export const SUSPICIOUS_POLICY = 'rules:\n  - action: cached\n  - action: direct\n';

function diagnose(text: string, file: string): PolicyDiagnostic[] {
  if (text === BROKEN_POLICY) {
    const message = 'unknown action pasthrough; did you mean passthrough?';
    return [{ severity: 'error', file, line: 2, column: 13, message }];
  }
  if (text === SUSPICIOUS_POLICY) {
    return [{ severity: 'warning', file, line: 3, column: 5, message: 'this rule can never be reached' }];
  }
  return [];
}

function storedPolicy(volume: string, name: string, text: string): StoredPolicy {
  return {
    volume,
    name,
    version: 1,
    appliedAtMs: 1_700_000_001_000,
    text,
    warnings: [],
    openFilesUnderOlderPolicy: 0,
  };
}

function volumeStatus(name: string, spec: VolumeSpec, policy: StoredPolicy): VolumeStatus {
  return {
    name,
    source: spec.source,
    mountPoint: spec.mountPoint,
    state: 'serving',
    failure: '',
    policy: policy.name,
    policyVersion: policy.version,
    timeoutSeconds: spec.timeoutSeconds,
    workers: spec.workers || 2,
    pid: 4343,
    nodes: 12,
    reopenBy: 'file-handle',
    passthrough: {
      requested: true,
      negotiated: true,
      proven: false,
      dialect: 'mainline',
      evidence: ['INIT flags2 has FUSE_PASSTHROUGH', 'trial: 3 READ requests reached the daemon'],
    },
    storage: spec.storage,
  };
}

function volumeStats(volume: string): VolumeStats {
  return {
    volume,
    requests: [
      { name: 'LOOKUP', count: 120 },
      { name: 'OPEN', count: 17 },
    ],
    opens: [
      { name: 'passthrough', count: 12 },
      { name: 'cached', count: 5 },
    ],
    openReasons: [
      { name: 'rule', count: 12 },
      { name: 'default', count: 5 },
    ],
    bytesRead: 9_007_199_254_740_991,
    bytesWritten: 4096,
    registrations: { opened: 6, closed: 4, live: 2, failed: 1 },
    nodes: 12,
    openFiles: 3,
  };
}
