import { describe, expect, it } from 'vitest';
import type { ProbeCheck, TrialCheck, TrialReport } from '@sluice/session';
import { ERRNO } from '@sluice/sys';
import { trialSection } from './trial-section.ts';

const ALL = ['mount', 'write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'];
const PROVEN: TrialReport = {
  requested: true,
  negotiated: true,
  proven: true,
  reason: undefined,
  init: undefined,
  dialect: 'mainline',
  limits: [],
  evidence: [],
  checks: ALL.map((name) => ({ name, ok: true, detail: 'fine', requests: 0 })),
  cost: { registration: 1, request: 2, passthroughMiB: 3, daemonMiB: 4 },
};

function checks(report: Partial<TrialReport>, ...changed: TrialCheck[]): Map<string, ProbeCheck> {
  const made = PROVEN.checks.map((check) => changed.find(({ name }) => name === check.name) ?? check);
  const section = trialSection({ ...PROVEN, checks: made, ...report }, '/scratch');
  return new Map(section.checks.map((check) => [check.name, check]));
}

describe('the trial in the report', () => {
  it('has every check and the figures with their units', () => {
    const section = trialSection(PROVEN, '/scratch');
    expect(section.checks.map(({ name }) => name)).toEqual(ALL);
    expect(section.checks.every(({ result, reason }) => result === 'passed' && reason === null)).toBe(true);
    expect(section).toMatchObject({ proven: true, reason: null, lowerFile: 'source' });
    expect(section.cost).toEqual({
      registrationMicroseconds: 1,
      requestMicroseconds: 2,
      passthroughMicrosecondsPerMiB: 3,
      daemonMicrosecondsPerMiB: 4,
    });
  });

  it('has the trial of a backing directory where there was one, without the place of the scratch directory', () => {
    expect(trialSection(PROVEN, '/scratch').backingDirectory).toBe(null);
    const seen = { proven: false, reason: 'no-device', evidence: ['/scratch/x is gone'] } as const;
    const backing = { ...seen, evidence: [...seen.evidence], checks: [] };
    expect(trialSection(PROVEN, '/scratch', backing)).toMatchObject({
      proven: true,
      backingDirectory: { proven: false, reason: 'no-device', evidence: ['the scratch directory/x is gone'] },
    });
    const proven = { proven: true, reason: undefined, evidence: [], checks: [] };
    expect(trialSection(PROVEN, '/', proven).backingDirectory).toEqual({
      proven: true,
      reason: null,
      evidence: [],
    });
  });

  it('names the reason code that an open of such a file would have, and what was not tried for it', () => {
    const mount = { name: 'mount', ok: true, detail: '', requests: 0 };
    const open = {
      name: 'open',
      ok: false,
      detail: 'open failed with ELOOP',
      requests: 0,
      errno: ERRNO.ELOOP,
    };
    const found = checks({ proven: false, reason: 'registration-refused', checks: [mount, open] });
    expect(found.get('open')).toMatchObject({
      result: 'failed',
      reason: 'registration-refused-stacked',
      errno: 'ELOOP',
    });
    for (const name of ALL.slice(1)) expect(found.get(name)?.result).toBe('not-tried');
  });

  it('tells requests that are lived with from those that disprove', () => {
    const asked = (name: string): TrialCheck => ({ name, ok: true, detail: '', requests: 4 });
    const found = checks({}, asked('write'), asked('mmap'), asked('direct'), asked('beside-cached'));
    expect(found.get('write')).toMatchObject({ result: 'failed', reason: 'served-by-daemon', requests: 4 });
    expect(found.get('mmap')).toMatchObject({ result: 'limited', reason: 'served-by-daemon' });
    expect(found.get('direct')).toMatchObject({ result: 'limited', reason: 'served-by-daemon' });
    expect(found.get('beside-cached')).toMatchObject({ result: 'passed', reason: null });
    const unoffered = checks({ requested: false, proven: false, reason: 'not-offered' }, asked('mmap'));
    expect(unoffered.get('mmap')?.result).toBe('failed');
    expect(unoffered.get('read')).toMatchObject({
      result: 'failed',
      reason: 'served-by-daemon',
      requests: 0,
    });
    expect(unoffered.get('beside-cached')?.result).toBe('not-tried');
  });

  it('calls an open refused, and no registration, where none was tried', () => {
    const open = { name: 'open', ok: false, detail: '', requests: 0, errno: ERRNO.ECONNREFUSED };
    const found = checks({ requested: false, proven: false, reason: 'kernel-too-old', checks: [open] });
    expect(found.get('open')).toMatchObject({ result: 'failed', reason: 'refused', errno: 'ECONNREFUSED' });
  });

  it('tells wrong bytes, modes that meet otherwise, and what the lower file system cannot do', () => {
    const bad = (name: string): TrialCheck => ({ name, ok: false, detail: '', requests: 0 });
    const skipped: TrialCheck = {
      name: 'direct',
      ok: true,
      detail: 'not tried: x',
      requests: 0,
      skipped: true,
    };
    const found = checks({}, bad('read'), bad('beside-cached'), skipped);
    expect(found.get('read')).toMatchObject({ result: 'failed', reason: 'wrong-bytes', errno: null });
    expect(found.get('beside-cached')).toMatchObject({ result: 'limited', reason: 'unexpected' });
    expect(found.get('direct')).toMatchObject({ result: 'not-tried', detail: 'not tried: x' });
  });

  it('keeps the scratch directory to itself', () => {
    const sentence = 'cannot mount on /home/alice/tmp/trial-1 (EPERM)';
    const mount = { name: 'mount', ok: false, detail: sentence, requests: 0, errno: ERRNO.EPERM };
    const section = trialSection({ ...PROVEN, checks: [mount], evidence: [sentence] }, '/home/alice/tmp');
    expect(JSON.stringify(section)).not.toContain('alice');
    expect(section.checks[0]).toMatchObject({ result: 'failed', reason: 'mount-refused', errno: 'EPERM' });
  });

  it('says where the lower file was made', () => {
    const evidence = ['trial on a file in memory: the source takes no nameless file (EOPNOTSUPP)'];
    expect(trialSection({ ...PROVEN, evidence }, '/scratch').lowerFile).toBe('memory');
    expect(trialSection({ ...PROVEN, reason: 'no-lower-file' }, '/scratch').lowerFile).toBe('none');
  });
});
