import type { ProbeCheck, ProbeReport } from '@sluice/session';

const PASSED = {
  result: 'passed',
  reason: null,
  errno: null,
  requests: 0,
  detail: 'as it should be',
} as const;
const NAMES = ['mount', 'write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'] as const;
const WORKS = { ok: true, errno: null } as const;

/** Of a device where everything works. */
export function healthyReport(): ProbeReport {
  return {
    report: 'sluice-probe',
    version: 1,
    program: { name: 'sluiced', version: '0.1.0' },
    madeAt: '2026-01-02T03:04:05.678Z',
    durationMilliseconds: 123,
    kernel: { release: '6.18.0', build: '#1 SMP', architecture: 'x64' },
    fuse: { device: WORKS, connectionsVisible: true, fuseBpf: false, fusermount3: true, mounts: [] },
    init: {
      offeredMinor: 45,
      minor: 45,
      offered: {
        flags: '0x73fffffb',
        flags2: '0x3ff',
        names: ['MAX_PAGES', 'PASSTHROUGH', 'WRITEBACK_CACHE'],
      },
      taken: { flags: '0x40400000', flags2: '0x20', names: ['MAX_PAGES', 'PASSTHROUGH'] },
    },
    trial: {
      requested: true,
      negotiated: true,
      proven: true,
      reason: null,
      dialect: 'mainline',
      limits: [],
      lowerFile: 'source',
      checks: NAMES.map((name) => ({ name, ...PASSED })),
      cost: {
        registrationMicroseconds: 1.5,
        requestMicroseconds: 9,
        passthroughMicrosecondsPerMiB: 60,
        daemonMicrosecondsPerMiB: 200,
      },
      evidence: ['INIT: protocol 7.45'],
      backingDirectory: null,
    },
    privileges: {
      root: true,
      initialUserNamespace: true,
      capabilities: {
        CHOWN: true,
        DAC_OVERRIDE: true,
        DAC_READ_SEARCH: true,
        FOWNER: true,
        FSETID: true,
        SETGID: true,
        SETUID: true,
        SETPCAP: true,
        SYS_ADMIN: true,
        MKNOD: true,
        LEASE: true,
      },
      sysAdminInBoundingSet: true,
      noNewPrivileges: false,
      seccomp: 'none',
    },
    source: {
      path: '/data/media/0',
      fileSystem: { type: 'ext4', magic: '0xef53', readOnly: false },
      stack: { layers: ['ext4'], depth: 0 },
      nameless: WORKS,
      nameToHandle: WORKS,
      openByHandle: WORKS,
      birthTime: true,
      foldsNames: false,
      acl: true,
    },
    limits: { openFilesSoft: 32768, openFilesHard: 32768 },
    selinux: { mode: 'absent', domain: null },
  };
}

/** The healthy report with one check of the trial changed. */
export function withCheck(name: ProbeCheck['name'], change: Partial<ProbeCheck>): ProbeReport {
  const report = healthyReport();
  report.trial.checks = report.trial.checks.map((check) =>
    check.name === name ? { ...check, ...change } : check,
  );
  return report;
}
