import { beforeEach, describe, expect, it } from 'vitest';
import { ERRNO } from '@sluice/sys';
import { dialectByName, dialectIndex } from '../dialects/choose.ts';
import type { DialectName } from '../dialects/dialect.ts';
import { isUnprivileged, mapsLowerFile, recordLimits } from '../dialects/limits.ts';
import { HEADER } from '../memory.ts';
import { sessionMemory } from '../session-memory.fixture.ts';
import type { TrialCheck, TrialReport } from './trial-report.ts';
import { judge, notTried } from './verdict.ts';

const memory = sessionMemory();
const ALL = ['mount', 'write', 'read', 'mmap', 'direct', 'append', 'create', 'beside-cached'];

beforeEach(() => {
  memory.setU32(HEADER.initMinor, 27);
  memory.setU32(HEADER.dialectLimits, 0);
  memory.setU32(HEADER.initDone, 1);
  memory.setU32(HEADER.offeredMinor, 0);
});

/** The verdict on a trial in which everything went well but for `changed`. */
function verdict(dialect: DialectName, ...changed: Partial<TrialCheck>[]): TrialReport {
  memory.setU32(HEADER.initPassthrough, dialect === 'none' ? 0 : 3);
  memory.setU32(HEADER.initDialect, dialectIndex(dialectByName(dialect)));
  const checks = ALL.map((name) => ({
    ...{ name, ok: true, detail: 'as it should be', requests: 0 },
    ...changed.find((each) => each.name === name),
  }));
  return judge(memory, { checks, cost: undefined }, []);
}

describe('passthrough', () => {
  it.each(['mainline', 'android-v2', 'android-v1', 'android-v0', 'android-unique'] as const)(
    'of %s is proven where every check passed without a request',
    (dialect) => {
      expect(verdict(dialect)).toMatchObject({
        requested: true,
        negotiated: true,
        proven: true,
        dialect,
        limits: [],
      });
    },
  );

  it.each(ALL)('is not proven where %s gave other bytes, unless it is about modes side by side', (name) => {
    const report = verdict('android-v2', { name, ok: false });
    expect(report.proven).toBe(name === 'beside-cached');
    expect(report.evidence.join('\n')).toContain(`trial ${name}: failed`);
  });

  it.each(['write', 'read', 'append', 'create'])('is not proven where %s came to the daemon', (name) => {
    expect(verdict('android-v2', { name, requests: 1 })).toMatchObject({ proven: false, limits: [] });
  });

  it('is proven with a limit where the daemon fills mappings, which is said and written down', () => {
    const report = verdict('android-v0', { name: 'mmap', requests: 4 });
    expect(report).toMatchObject({ proven: true, limits: ['mapping'] });
    expect(report.evidence.join('\n')).toMatch(/limit: memory mappings are filled by the daemon/);
    // Also in a dialect whose kernels map the lower file as a rule.
    expect(verdict('android-v1', { name: 'mmap', requests: 4 }).limits).toEqual(['mapping']);
    const v1 = dialectByName('android-v1');
    expect(mapsLowerFile(memory, v1)).toBe(true);
    recordLimits(memory, report.limits);
    expect(mapsLowerFile(memory, v1)).toBe(false);
  });

  it('is proven with a limit where O_DIRECT goes through the daemon, or modes mix otherwise than expected', () => {
    const changed = [
      { name: 'direct', requests: 2 },
      { name: 'beside-cached', ok: false, requests: 9 },
    ];
    const report = verdict('mainline', ...changed);
    expect(report).toMatchObject({ proven: true, limits: ['direct', 'mixing'] });
    expect(report.evidence).toContain('trial: 2 READ and WRITE requests reached the daemon');
  });

  it('is neither asked for nor proven where the kernel offers none', () => {
    expect(verdict('none')).toMatchObject({ requested: false, negotiated: false, proven: false, limits: [] });
  });

  it('is offered but not negotiated where no ioctl was known, or the file could not be opened', () => {
    memory.setU32(HEADER.initPassthrough, 1);
    memory.setU32(HEADER.initDialect, dialectIndex(dialectByName('none')));
    const unknown = judge(
      memory,
      { checks: [{ name: 'write', ok: true, detail: '', requests: 1 }], cost: undefined },
      [],
    );
    expect(unknown).toMatchObject({ requested: true, negotiated: false, proven: false });
    expect(unknown.evidence.join('\n')).toContain('ENOTTY');
    memory.setU32(HEADER.initPassthrough, 3);
    memory.setU32(HEADER.initDialect, dialectIndex(dialectByName('mainline')));
    const refused = { name: 'open', ok: false, detail: 'open failed with ELOOP', requests: 0 };
    const report = judge(memory, { checks: [refused], cost: undefined }, []);
    expect(report).toMatchObject({ requested: true, negotiated: false, proven: false });
    expect(report.evidence.join('\n')).toContain('ELOOP');
  });

  it('is said to be unknown where the kernel was never asked', () => {
    memory.setU32(HEADER.initDone, 0);
    expect(verdict('none').evidence[0]).toBe('INIT: the kernel was not asked');
    // The word in memory is 0 until then, which is a dialect's number.
    expect(verdict('mainline')).toMatchObject({ dialect: 'none', proven: false });
    memory.setU32(HEADER.initDone, 1);
    expect(verdict('none').evidence[0]).toBe('INIT: protocol 7.27, the kernel offers no passthrough');
  });

  it('is not proven by a trial that checked nothing', () => {
    memory.setU32(HEADER.initPassthrough, 3);
    expect(judge(memory, { checks: [], cost: undefined }, []).proven).toBe(false);
  });

  it('names the first reason why it is not', () => {
    expect(verdict('mainline').reason).toBeUndefined();
    expect(verdict('none').reason).toBe('not-offered');
    expect(verdict('mainline', { name: 'mount', ok: false, errno: 1 }).reason).toBe('mount-refused');
    expect(verdict('mainline', { name: 'read', requests: 1 }).reason).toBe('served-by-daemon');
    expect(verdict('mainline', { name: 'read', ok: false }).reason).toBe('wrong-bytes');
    const refused = verdict('mainline', { name: 'create', ok: false, errno: ERRNO.ELOOP });
    expect(refused.reason).toBe('registration-refused');
    memory.setU32(HEADER.initDone, 0);
    expect(verdict('mainline', { name: 'write', ok: false }).reason).toBe('no-answer');
    memory.setU32(HEADER.offeredMinor, 22);
    const old = verdict('mainline', { name: 'write', ok: false });
    expect(old.reason).toBe('kernel-too-old');
    expect(old.evidence[0]).toBe('INIT: protocol 7.22, of which we speak none before 7.23');
  });

  it('tells the words of INIT, as offered and as answered', () => {
    expect(verdict('mainline').init).toBeUndefined();
    const words = [45, 0x73ff_fffb, 0x3ff, 31, 0x4000_0001, 0x20];
    const [offeredMinor, offeredFlags, offeredFlags2, minor, flags, flags2] = words as [
      number,
      ...[number, number, number, number, number],
    ];
    memory.setU32(HEADER.offeredMinor, offeredMinor);
    memory.setU32(HEADER.offeredFlags, offeredFlags);
    memory.setU32(HEADER.offeredFlags2, offeredFlags2);
    memory.setU32(HEADER.initMinor, minor);
    memory.setU32(HEADER.initFlags, flags);
    memory.setU32(HEADER.initFlags2, flags2);
    const init = { offeredMinor, offeredFlags, offeredFlags2, minor, flags, flags2 };
    expect(verdict('mainline').init).toEqual(init);
  });
});

describe('a volume that fusermount3 has mounted', () => {
  it('has no passthrough, for a reason of its own that is kept for its workers', () => {
    const report = notTried('/usr/bin/fusermount3');
    expect(report).toMatchObject({ requested: false, negotiated: false, proven: false, dialect: 'none' });
    expect(report.evidence).toEqual([
      expect.stringMatching(/^unprivileged: the daemon lacks CAP_SYS_ADMIN/),
      'mounted by /usr/bin/fusermount3',
    ]);
    recordLimits(memory, report.limits);
    expect(isUnprivileged(memory)).toBe(true);
    expect(mapsLowerFile(memory, dialectByName('none'))).toBe(true);
    recordLimits(memory, ['mapping']);
    expect(isUnprivileged(memory)).toBe(false);
  });
});
