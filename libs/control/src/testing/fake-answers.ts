/** What the fake backend says where nothing has to be worked out. */
import type {
  PolicyChange,
  PolicyDiagnostic,
  StoredPolicy,
  VolumeSpec,
  VolumeStats,
  VolumeStatus,
} from '../backend.ts';

/** The texts the fake calls broken, suspicious, and wrong in what they expect. */
export const BROKEN_POLICY = 'rules:\n  - action: pasthrough\n';
export const SUSPICIOUS_POLICY = 'rules:\n  - action: cached\n  - action: direct\n';
export const DISAPPOINTED_POLICY = 'rules: []\nexpect:\n  - { path: a, action: hide }\n';

export function diagnose(text: string, file: string): PolicyDiagnostic[] {
  if (text === BROKEN_POLICY) {
    const message = 'unknown action pasthrough; did you mean passthrough?';
    return [{ severity: 'error', file, line: 2, column: 13, message }];
  }
  if (text === SUSPICIOUS_POLICY) {
    return [{ severity: 'warning', file, line: 3, column: 5, message: 'this rule can never be reached' }];
  }
  return [];
}

export const FAKE_CHANGE: PolicyChange = {
  nodesExamined: 12,
  nodesChanged: 3,
  invalidatedEntries: 2,
  invalidatedAttributes: 1,
  openFilesExamined: 3,
  openFilesChanged: 2,
  samples: [
    {
      path: 'DCIM/a.mp4',
      uid: 10_057,
      asked: 'read',
      fromAction: 'cached',
      fromRule: 'default',
      toAction: 'passthrough',
      toRule: 'videos',
    },
  ],
  openFilesUnderOlderPolicy: [
    {
      path: 'DCIM/b.mp4',
      uid: 10_057,
      mode: 'passthrough',
      toAction: 'cached',
      toRule: 'default',
      note: 'a descriptor that passes through cannot be recalled',
    },
  ],
  callersCompared: 2,
  callersCapped: false,
  incomplete: false,
  treesBound: ['Android/obb'],
  treesUnbound: ['Android/data'],
};

export function storedPolicy(volume: string, name: string, text: string): StoredPolicy {
  return {
    volume,
    name,
    version: 1,
    appliedAtMs: 1_700_000_001_000,
    appliedBy: { uid: 0, pid: 77, program: 'sluice' },
    why: '',
    digest: 'd1'.repeat(32),
    rollbackOf: 0,
    text,
    warnings: [],
    openFilesUnderOlderPolicy: 0,
  };
}

export function volumeStatus(name: string, spec: VolumeSpec, policy: StoredPolicy): VolumeStatus {
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
    warnings: [],
    trees: [
      { path: 'Android/data', state: 'bound', because: '' },
      { path: 'Android/obb', state: 'served', because: 'a reason' },
    ],
  };
}

export function volumeStats(volume: string): VolumeStats {
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
    registrations: { opened: 6, closed: 4, live: 2, failed: 1, stranded: 0 },
    nodes: 12,
    openFiles: 3,
    treeOpens: 4,
    fallbacks: [{ name: 'undelivered', count: 2 }],
  };
}
