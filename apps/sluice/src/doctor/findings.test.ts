import { describe, expect, it } from 'vitest';
import type { ProbeReport } from '@sluice/session';
import type { Finding } from './finding.ts';
import { canServe, findingsOf } from './findings.ts';
import { healthyReport, withCheck } from './probe-report.fixture.ts';

type Change = (report: ProbeReport) => void;

function changed(change: Change): ProbeReport {
  const report = healthyReport();
  change(report);
  return report;
}

function troubles(report: ProbeReport): Finding[] {
  return findingsOf(report).filter(({ verdict }) => verdict !== 'ok');
}

describe('a device where everything works', () => {
  it('has no other verdict than ok, can serve, and leaves nothing to do', () => {
    expect(troubles(healthyReport())).toEqual([]);
    const findings = findingsOf(healthyReport());
    expect(canServe(findings)).toBe(true);
    expect(
      findings.every(({ seen, follows, remedy }) => seen !== '' && follows !== '' && remedy === ''),
    ).toBe(true);
  });

  it('has each finding under an id of its own', () => {
    const ids = findingsOf(healthyReport()).map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(ids.length).toBeGreaterThan(25);
  });
});

const refused = { ok: false, errno: 'EPERM' };

/** What is wrong, the one finding it makes, its verdict, and words of it. */
const LESS: [string, Change, string, Finding['verdict'], RegExp][] = [
  [
    'a device that is absent',
    (r) => (r.fuse.device = { ok: false, errno: 'ENOENT' }),
    'fuse-device',
    'missing',
    /modprobe/,
  ],
  [
    'a device that is kept',
    (r) => (r.fuse.device = { ok: false, errno: 'EACCES' }),
    'fuse-device',
    'missing',
    /EACCES.*as root/,
  ],
  ['no fusectl', (r) => (r.fuse.connectionsVisible = false), 'connections', 'limited', /fusectl/],
  ['no INIT', (r) => (r.init = null), 'protocol', 'missing', /not asked/],
  ['small requests', (r) => (r.init?.taken.names.shift(), undefined), 'protocol', 'limited', /128 KiB/],
  ['an old kernel', (r) => (r.trial.reason = 'kernel-too-old'), 'protocol', 'missing', /7\.23/],
  ['a user', (r) => (r.privileges.root = false), 'root', 'limited', /not root/],
  ['a container', (r) => (r.privileges.initialUserNamespace = false), 'user-namespace', 'limited', /first/],
  ['seccomp', (r) => (r.privileges.seccomp = 'filter'), 'seccomp', 'limited', /filter/],
  ['few descriptors', (r) => (r.limits.openFilesSoft = 1024), 'open-files', 'limited', /1024.*ulimit/],
  ['a read-only source', (r) => (r.source.fileSystem.readOnly = true), 'file-system', 'limited', /EROFS/],
  [
    'overlayfs',
    (r) => (r.source.stack = { layers: ['overlay', 'ext4'], depth: 1 }),
    'stack',
    'limited',
    /overlay on ext4: depth 1.*ELOOP/,
  ],
  [
    'two layers',
    (r) => (r.source.stack = { layers: ['overlay', 'overlay', 'ext4'], depth: 2 }),
    'stack',
    'missing',
    /no kernel/,
  ],
  [
    'FUSE below',
    (r) => (r.source.stack = { layers: ['fuse.sluice'], depth: null }),
    'stack',
    'limited',
    /fuse.sluice/,
  ],
  [
    'no O_TMPFILE',
    (r) => (r.source.nameless = { ok: false, errno: 'EOPNOTSUPP' }),
    'nameless-files',
    'limited',
    /EOPNOTSUPP/,
  ],
  [
    'no handles',
    (r) => (r.source.nameToHandle = { ok: false, errno: 'EOPNOTSUPP' }),
    'file-handles',
    'limited',
    /name_to_handle_at: EOPNOTSUPP/,
  ],
  [
    'no opening by handle',
    (r) => (r.source.openByHandle = refused),
    'file-handles',
    'limited',
    /open_by_handle_at: EPERM.*CAP_DAC_READ_SEARCH/,
  ],
  ['no birth time', (r) => (r.source.birthTime = false), 'birth-time', 'limited', /not kept/],
  ['no ACLs', (r) => (r.source.acl = false), 'acl', 'limited', /modes alone/],
  ['no cost', (r) => (r.trial.cost = null), 'cost', 'limited', /not measured/],
  ['a file in memory', (r) => (r.trial.lowerFile = 'memory'), 'passthrough', 'limited', /in memory/],
  ['a limit', (r) => (r.trial.limits = ['mapping']), 'passthrough', 'limited', /`auto` passes nothing/],
];

describe('what a device lacks', () => {
  it.each(LESS)('%s makes one finding that says so', (_, change, id, verdict, words) => {
    const found = troubles(changed(change));
    expect(found.map((each) => [each.id, each.verdict])).toEqual([[id, verdict]]);
    expect(Object.values(found[0] ?? {}).join(' ')).toMatch(words);
  });

  it.each(Object.keys(healthyReport().privileges.capabilities))('CAP_%s makes a line of its own', (name) => {
    const found = troubles(
      changed((report) => Object.assign(report.privileges.capabilities, { [name]: false })),
    );
    expect(found).toHaveLength(1);
    expect(found[0]).toMatchObject({
      id: `capability-${name}`,
      subject: `CAP_${name}`,
      seen: 'not effective',
    });
    expect(found[0]?.verdict).toBe(name === 'SYS_ADMIN' ? 'missing' : 'limited');
    expect(found[0]?.remedy).toContain(`CAP_${name}`);
  });

  it('is no reason not to serve, unless serving itself needs it', () => {
    const serves = (change: Change): boolean => canServe(findingsOf(changed(change)));
    const stops = LESS.filter(([, change]) => !serves(change)).map(([name]) => name);
    expect(stops).toEqual(['a device that is absent', 'a device that is kept', 'no INIT', 'an old kernel']);
    expect(serves((report) => (report.privileges.capabilities.LEASE = false))).toBe(true);
    expect(serves((report) => (report.privileges.capabilities.SETPCAP = false))).toBe(true);
  });
});

describe('a mount that is refused', () => {
  const report = withCheck('mount', {
    result: 'failed',
    reason: 'mount-refused',
    errno: 'EPERM',
    detail: 'a private mount namespace is refused (EPERM): it needs CAP_SYS_ADMIN',
  });

  it('is told with what was seen and whether fusermount3 is installed, and nothing is served', () => {
    const found = findingsOf(report).find(({ id }) => id === 'mount');
    expect(found).toMatchObject({ verdict: 'missing' });
    expect(found?.seen).toMatch(/EPERM.*fusermount3 is installed/);
    expect(canServe(findingsOf(report))).toBe(false);
    report.fuse.fusermount3 = false;
    expect(findingsOf(report).find(({ id }) => id === 'mount')?.seen).toContain(
      'fusermount3 is not installed',
    );
  });

  it('is put down to SELinux as well where that enforces', () => {
    report.selinux = { mode: 'enforcing', domain: 'u:r:shell:s0' };
    const found = findingsOf(report).find(({ id }) => id === 'selinux');
    expect(found).toMatchObject({ verdict: 'limited', seen: 'enforcing, own domain u:r:shell:s0' });
    expect(found?.remedy).toContain('avc: denied');
  });
});

describe('a mount that is refused for want of CAP_SYS_ADMIN', () => {
  const report = withCheck('mount', {
    result: 'failed',
    reason: 'mount-refused',
    errno: 'EPERM',
    detail: 'EPERM',
  });
  report.privileges.capabilities.SYS_ADMIN = false;
  report.init = null;
  const verdictOf = (wanted: string): string | undefined =>
    findingsOf(report).find(({ id }) => id === wanted)?.verdict;

  it('can be made by fusermount3, and volumes are served', () => {
    expect(verdictOf('mount')).toBe('limited');
    expect(canServe(findingsOf(report))).toBe(true);
  });

  it.each([
    ['is not installed', (it: ProbeReport) => (it.fuse.fusermount3 = false)],
    ['cannot have the capability', (it: ProbeReport) => (it.privileges.sysAdminInBoundingSet = false)],
    ['gets no rights', (it: ProbeReport) => (it.privileges.noNewPrivileges = true)],
  ])('is the end of it where fusermount3 %s', (_, change) => {
    const before = structuredClone(report);
    change(report);
    expect(verdictOf('mount')).toBe('missing');
    expect(canServe(findingsOf(report))).toBe(false);
    Object.assign(report, before);
  });
});

describe('passthrough that is not proven', () => {
  it('names the errno and the reason code of the registration, and the way out', () => {
    const report = healthyReport();
    const open = {
      name: 'open',
      result: 'failed',
      reason: 'registration-refused-stacked',
      errno: 'ELOOP',
    } as const;
    Object.assign(report.trial, { proven: false, reason: 'registration-refused', limits: [] });
    report.trial.checks = [
      ...report.trial.checks.slice(0, 1),
      { ...open, requests: 0, detail: 'open failed with ELOOP' },
    ];
    const [passthrough, check] = troubles(report);
    expect(passthrough).toMatchObject({ id: 'passthrough', verdict: 'missing' });
    expect(passthrough?.seen).toContain('ELOOP (registration-refused-stacked)');
    expect(passthrough?.remedy).toContain('overlayfs');
    expect(check).toMatchObject({ id: 'trial-open', verdict: 'missing' });
  });

  it('has a line for each check, with its result, reason code and requests', () => {
    const failed = { result: 'failed', reason: 'served-by-daemon', requests: 4 } as const;
    const found = troubles(withCheck('write', failed));
    expect(found).toMatchObject([{ id: 'trial-write', verdict: 'missing' }]);
    expect(found[0]?.seen).toMatch(/4 requests reached the daemon \(served-by-daemon\)/);
    const limited = { result: 'limited', reason: 'served-by-daemon', requests: 2 } as const;
    expect(troubles(withCheck('direct', limited))).toMatchObject([
      { id: 'trial-direct', verdict: 'limited' },
    ]);
    const skipped = { result: 'not-tried', detail: 'not tried: no O_DIRECT' } as const;
    expect(troubles(withCheck('direct', skipped))).toMatchObject([
      { verdict: 'limited', seen: skipped.detail },
    ]);
  });

  it.each([
    'no-lower-file',
    'no-device',
    'mount-refused',
    'kernel-too-old',
    'not-offered',
    'unknown-ioctl',
    'registration-refused',
    'wrong-bytes',
    'served-by-daemon',
    'no-answer',
    'unprivileged',
  ] as const)('for the reason %s is said in words, and does not keep volumes from being served', (reason) => {
    const report = changed(({ trial }) => Object.assign(trial, { proven: false, reason }));
    const found = findingsOf(report).find(({ id }) => id === 'passthrough');
    expect(found?.verdict).toBe('missing');
    expect(found?.seen).toMatch(new RegExp(`^${reason}: .{10,}`));
    expect(canServe(findingsOf(report))).toBe(reason !== 'kernel-too-old');
  });
});

describe('fuse_bpf', () => {
  const found = (tried: ProbeReport['trial']['backingDirectory']) => {
    const report = changed(({ fuse, trial }) => {
      fuse.fuseBpf = true;
      trial.backingDirectory = tried;
    });
    return findingsOf(report).find(({ id }) => id === 'fuse-bpf');
  };

  it.each([
    [{ proven: true, reason: null, evidence: [] }, /proven by trial$/],
    [
      { proven: false, reason: 'reply-refused', evidence: ['first', 'last'] },
      /unproven \(reply-refused\): last$/,
    ],
    [null, /was not tried \(--fuse-bpf tries it\)$/],
  ] as const)('is told with what its trial found (%j), and that it is not used', (tried, seen) => {
    const told = found(tried === null ? null : { ...tried, evidence: [...tried.evidence] });
    expect(told).toMatchObject({
      verdict: 'ok',
      follows: expect.stringMatching(/not used.*bind mounts/) as string,
    });
    expect(told?.seen).toMatch(seen);
  });
});
