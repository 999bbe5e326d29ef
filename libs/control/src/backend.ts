import type {
  AppliedPolicy,
  ApplyOptions,
  ExplainRequest,
  Explanation,
  PolicyDiagnostic,
  PolicyDifference,
  PolicyEvent,
  PolicyValidation,
  PolicyVersion,
  StoredPolicy,
  ValidateOptions,
} from './backend-policy.ts';
import type { TracePart, TraceRequest } from './backend-trace.ts';

export * from './backend-policy.ts';
export * from './backend-trace.ts';

/**
 * What the control API asks of the daemon. `sluiced` implements it; the gRPC server of this package only translates.
 * A method that cannot do what is asked rejects with a {@link ControlError}.
 */
export interface ControlBackend {
  status(): Promise<DaemonStatus>;
  listVolumes(): Promise<VolumeStatus[]>;
  addVolume(spec: VolumeSpec): Promise<VolumeStatus>;
  /** `force`: detach the mount even while files on it are open. */
  removeVolume(name: string, force: boolean): Promise<void>;
  /** `volume` may be empty when there is exactly one (here and below). `version` 0: the one in force. */
  getPolicy(volume: string, version?: number): Promise<StoredPolicy>;
  validatePolicy(text: string, fileName: string, options?: ValidateOptions): Promise<PolicyValidation>;
  /**
   * Rejects with code `invalid_argument` and diagnostics if the policy is broken, with `aborted` if another version than
   * the one expected is in force; the old one stays.
   */
  applyPolicy(
    volume: string,
    text: string,
    fileName: string,
    options?: ApplyOptions,
    caller?: Caller,
  ): Promise<AppliedPolicy>;
  /** Puts the text of `version` (0: of the one before that in force) in force again, as a new version. */
  rollbackPolicy(
    volume: string,
    version: number,
    options?: ApplyOptions,
    caller?: Caller,
  ): Promise<AppliedPolicy>;
  /** The newest first. */
  listPolicyVersions(volume: string): Promise<PolicyVersion[]>;
  /** 0: from the version before the one in force, to the one in force. */
  diffPolicies(volume: string, from: number, to: number): Promise<PolicyDifference>;
  /** Ends when `signal` is aborted or the volume goes away. `afterVersion` undefined: only what happens from now on. */
  watchPolicy(
    volume: string,
    afterVersion: number | undefined,
    signal: AbortSignal,
  ): AsyncIterable<PolicyEvent>;
  explain(request: ExplainRequest): Promise<Explanation>;
  /** A header, batches of events, a summary. Ends early when `signal` is aborted. */
  recordTrace(request: TraceRequest, signal: AbortSignal): AsyncIterable<TracePart>;
  /** All volumes when `volume` is empty. */
  stats(volume: string): Promise<VolumeStats[]>;
}

/** Who asks: the process at the other end of the control connection. */
export interface Caller {
  uid: number;
  /** 0: the daemon itself. */
  pid: number;
  /** What it calls itself; empty if that is not known. */
  program: string;
}

export type ControlErrorCode =
  | 'invalid_argument'
  | 'not_found'
  | 'already_exists'
  | 'failed_precondition'
  | 'aborted'
  | 'unavailable'
  | 'internal';

export class ControlError extends Error {
  readonly code: ControlErrorCode;
  readonly diagnostics: readonly PolicyDiagnostic[];
  constructor(code: ControlErrorCode, message: string, diagnostics: readonly PolicyDiagnostic[] = []) {
    super(message);
    this.name = 'ControlError';
    this.code = code;
    this.diagnostics = diagnostics;
  }
}

export interface DaemonStatus {
  version: string;
  pid: number;
  /** Unix time, milliseconds. */
  startedAtMs: number;
  stateDirectory: string;
  socket: string;
  kernelRelease: string;
  volumes: VolumeStatus[];
}

export interface VolumeSpec {
  /** `[a-z0-9][a-z0-9-]{0,31}`. Empty: derived from the mount point. */
  name: string;
  source: string;
  mountPoint: string;
  /** A preset's name or a policy's text; empty: `big-files`. */
  policy: string;
  /** Validity of entries and attributes, seconds, fractions allowed. */
  timeoutSeconds: number;
  /** 1 to 16; 0: the default, 2. */
  workers: number;
  storage: StorageOptions;
}

/** How a volume stores things. */
export interface StorageOptions {
  /** `session`: our own, with passthrough. `fuse-native`: libfuse 2 through the npm package of that name, without. */
  engine: 'session' | 'fuse-native';
  /** `lower`: set on the lower files, where programs on the lower tree see them. `local`: the mount's own. */
  locks: 'lower' | 'local';
  /** POSIX ACLs are checked, where the lower file system keeps them. */
  acl: boolean;
  /** The mount may be idmapped. The kernel then tells the caller's ids only for what creates something. */
  idmap: boolean;
  /** Set-id bits count when programs are executed from the mount. */
  suid: boolean;
  /** Device files on the mount can be opened. */
  dev: boolean;
  /** Descriptors of lower directories that are kept open: 16 to 8,192; 0: the default, 256. */
  cachedDescriptors: number;
  /** `preserve`: created as the caller. `android`: all media_rw's, with fixed modes. */
  ownership: 'preserve' | 'android';
}

export const DEFAULT_STORAGE_OPTIONS: StorageOptions = {
  engine: 'session',
  locks: 'lower',
  acl: true,
  idmap: false,
  suid: false,
  dev: false,
  cachedDescriptors: 0,
  ownership: 'preserve',
};

export type VolumeState = 'starting' | 'serving' | 'stopping' | 'failed';

export interface VolumeStatus {
  name: string;
  source: string;
  mountPoint: string;
  state: VolumeState;
  /** Why the volume failed; empty otherwise. */
  failure: string;
  policy: string;
  policyVersion: number;
  timeoutSeconds: number;
  workers: number;
  pid: number;
  /** Nodes known now, the root included. */
  nodes: number;
  /** `file-handle` or `name`: how lower files are found again. */
  reopenBy: string;
  passthrough: PassthroughStatus;
  /** What is in force: `acl` only where the lower file system keeps ACLs. */
  storage: StorageOptions;
  /** What people should know and do something about, such as a stored policy that could not be used. */
  warnings: string[];
  /** Directories of `tree` rules that are bound, and those that are served for a reason: at most 512. */
  trees: TreeStatus[];
}

/** A directory whose subtree policy wants out of the daemon's hands. */
export interface TreeStatus {
  /** Relative to the volume. */
  path: string;
  /** `bound`: nothing beneath reaches the daemon. `served`: the daemon serves it, and files in it pass through. */
  state: 'bound' | 'served';
  /** Why it is not bound; empty otherwise. */
  because: string;
}

export interface PassthroughStatus {
  /** The INIT bit was offered by the kernel and asked for by us. */
  requested: boolean;
  /** The kernel agreed to it in INIT. */
  negotiated: boolean;
  /** The trial mount carried data with no READ or WRITE reaching the daemon. */
  proven: boolean;
  /** `mainline`, ..., or `none`. */
  dialect: string;
  evidence: string[];
}

export interface NamedCount {
  name: string;
  count: number;
}

export interface VolumeStats {
  volume: string;
  /** By opcode name, e.g. `LOOKUP`. */
  requests: NamedCount[];
  /** By outcome: `passthrough`, `cached`, `direct`, `failed`. */
  opens: NamedCount[];
  /** By reason code. */
  openReasons: NamedCount[];
  /** Bytes that READ and WRITE requests carried through the daemon. */
  bytesRead: number;
  bytesWritten: number;
  registrations: { opened: number; closed: number; live: number; failed: number; stranded: number };
  nodes: number;
  openFiles: number;
  /** Opens of files in a `tree` that the daemon served, because the lower directory is not bound there. */
  treeOpens: number;
  /** How often something less than usual was done, by what it was; those that never were are left out. */
  fallbacks: NamedCount[];
}
