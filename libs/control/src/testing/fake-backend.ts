import {
  ControlError,
  type AppliedPolicy,
  type ApplyOptions,
  type Caller,
  type ControlBackend,
  type ExplainRequest,
  type Explanation,
  type PolicyDifference,
  type PolicyEvent,
  type PolicyVersion,
  type StoredPolicy,
  type TracePart,
  type TraceRequest,
  type ValidateOptions,
  type VolumeSpec,
  type VolumeStats,
  type VolumeStatus,
} from '../backend.ts';
import {
  DISAPPOINTED_POLICY,
  FAKE_CHANGE,
  diagnose,
  storedPolicy,
  volumeStats,
  volumeStatus,
} from './fake-answers.ts';

export { BROKEN_POLICY, DISAPPOINTED_POLICY, FAKE_CHANGE, SUSPICIOUS_POLICY } from './fake-answers.ts';

interface FakeVolume {
  status: VolumeStatus;
  /** The last is in force. */
  policies: StoredPolicy[];
}

/**
 * A daemon without volumes servers, for tests of whatever speaks the control API: it keeps volumes and policies in
 * memory, follows the rules of the interface, and knows some policies by their text. Calls are recorded.
 */
export class FakeBackend implements ControlBackend {
  readonly calls: { method: keyof ControlBackend; arguments: unknown[] }[] = [];
  readonly volumes = new Map<string, FakeVolume>();
  /** Who asked for the last change of a policy. */
  lastCaller: Caller | undefined;
  /** What a trace gives. */
  traceParts: TracePart[] = [];
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
    this.volumes.set(name, { status: volumeStatus(name, spec, policy), policies: [policy] });
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

  async getPolicy(volume: string, version = 0) {
    this.#record('getPolicy', volume, version);
    return this.#policy(this.#volume(volume), version);
  }

  async validatePolicy(text: string, fileName: string, options: ValidateOptions = {}) {
    this.#record('validatePolicy', text, fileName, { expectations: false, volume: '', ...options });
    const isAsked = options.expectations === true && text === DISAPPOINTED_POLICY;
    return {
      diagnostics: diagnose(text, fileName),
      expectationsPassed: options.expectations === true && !isAsked ? 2 : 0,
      expectationsFailed: isAsked
        ? [
            {
              severity: 'error' as const,
              file: fileName,
              line: 3,
              column: 5,
              message: 'a is cached, not hide',
            },
          ]
        : [],
    };
  }

  async applyPolicy(
    volume: string,
    text: string,
    fileName: string,
    options: ApplyOptions = {},
    caller?: Caller,
  ): Promise<AppliedPolicy> {
    this.#record('applyPolicy', volume, text, fileName, { why: '', dryRun: false, ...options });
    const diagnostics = diagnose(text, fileName);
    if (diagnostics.some(({ severity }) => severity === 'error')) {
      throw new ControlError('invalid_argument', `the policy ${fileName} is broken`, diagnostics);
    }
    return this.#apply(
      volume,
      { name: fileName.replace(/^preset:/, ''), text, rollbackOf: 0 },
      options,
      caller,
    );
  }

  async rollbackPolicy(volume: string, version: number, options: ApplyOptions = {}, caller?: Caller) {
    this.#record('rollbackPolicy', volume, version, { why: '', dryRun: false, ...options });
    const known = this.#volume(volume);
    const { name, text, version: rollbackOf } = this.#policy(known, version || known.policies.length - 1);
    return this.#apply(volume, { name, text, rollbackOf }, options, caller);
  }

  async listPolicyVersions(volume: string): Promise<PolicyVersion[]> {
    this.#record('listPolicyVersions', volume);
    const { policies } = this.#volume(volume);
    return policies
      .map(({ version, name, appliedAtMs, appliedBy, why, digest, rollbackOf }) => {
        const inForce = version === policies.length;
        return { version, name, appliedAtMs, appliedBy, why, digest, rollbackOf, inForce };
      })
      .toReversed();
  }

  async diffPolicies(volume: string, from: number, to: number): Promise<PolicyDifference> {
    this.#record('diffPolicies', volume, from, to);
    return {
      fromVersion: from || 1,
      toVersion: to || 2,
      textDiff: '--- version 1\n+++ version 2\n@@ -1 +1 @@\n-rules: []\n+rules: [] # none\n',
      textCut: false,
      rules: [
        { kind: 'added', id: 'videos', fromPosition: 0, toPosition: 2 },
        { kind: 'moved', id: 'photos', fromPosition: 3, toPosition: 1 },
      ],
    };
  }

  async *watchPolicy(
    volume: string,
    afterVersion: number | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<PolicyEvent> {
    this.#record('watchPolicy', volume, afterVersion);
    const { policies } = this.#volume(volume);
    for (const policy of policies.slice(afterVersion ?? policies.length)) {
      const { version, name, appliedAtMs: atMs, appliedBy: by, why, digest, rollbackOf } = policy;
      const kind = rollbackOf > 0 ? 'rolled-back' : 'applied';
      yield { kind, volume: policy.volume, version, name, atMs, by, why, digest, rollbackOf, message: '' };
    }
    // With nothing to wait for, it waits to be sent away.
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      else signal.addEventListener('abort', () => resolve());
    });
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
      why: large ? 'large media' : '',
      size,
      type: request.type ?? 'file',
      errno: '',
      entryTimeoutMs: 1000,
      attributeTimeoutMs: 500,
      readAhead: 131_072,
      keepCache: true,
      outcome: 'cached',
      outcomeReason: 'inode-cached',
      policyVersion: status.policyVersion,
      uid: request.uid,
      gid: request.gid ?? request.uid,
      callerClass: 1,
      arithmetic: [],
      steps: [{ component: 'DCIM', canonical: 'dcim', state: 4 }],
      lost: large ? [{ rule: 'photos', line: 7, because: 'the extension is not one of jpg' }] : [],
    };
  }

  async *recordTrace(request: TraceRequest): AsyncGenerator<TracePart> {
    this.#record('recordTrace', request);
    this.#volume(request.volume);
    yield* this.traceParts;
  }

  async stats(volume: string): Promise<VolumeStats[]> {
    this.#record('stats', volume);
    const names = volume === '' ? [...this.volumes.keys()] : [this.#volume(volume).status.name];
    return names.map(volumeStats);
  }

  #apply(
    volume: string,
    policy: Pick<StoredPolicy, 'name' | 'text' | 'rollbackOf'>,
    { why = '', dryRun = false, expectedVersion }: ApplyOptions,
    caller?: Caller,
  ): AppliedPolicy {
    this.lastCaller = caller;
    const known = this.#volume(volume);
    const { length } = known.policies;
    if (expectedVersion !== undefined && expectedVersion !== length) {
      throw new ControlError('aborted', `version ${length} is in force, not ${expectedVersion}`);
    }
    const applied = {
      ...storedPolicy(known.status.name, policy.name, policy.text),
      version: length + 1,
      why,
      rollbackOf: policy.rollbackOf,
      warnings: diagnose(policy.text, policy.name),
      openFilesUnderOlderPolicy: 2,
    };
    if (!dryRun) {
      known.policies.push(applied);
      known.status = { ...known.status, policy: applied.name, policyVersion: applied.version };
    }
    return { ...applied, change: FAKE_CHANGE };
  }

  #policy({ policies, status }: FakeVolume, version: number): StoredPolicy {
    const found = policies.at(version === 0 ? -1 : version - 1);
    if (!found) throw new ControlError('not_found', `there is no version ${version} of ${status.name}`);
    return found;
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

  #volume(name: string): FakeVolume {
    const only = name === '' && this.volumes.size === 1 ? [...this.volumes.values()][0] : undefined;
    const found = only ?? this.volumes.get(name);
    if (!found)
      throw new ControlError('not_found', name === '' ? 'which volume?' : `there is no volume ${name}`);
    return found;
  }
}
