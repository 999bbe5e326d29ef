import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CAP, ERRNO, Scratch, sys } from '@sluice/sys';
import { CallerIdentity, takesAnyIdentity } from './caller.ts';
import { ANDROID_OWNERSHIP } from './features.ts';
import { SMALL_GEOMETRY } from './tables.fixture.ts';
import { WorkedVolume, isRoot } from './volume.fixture.ts';

const NONE = 0xffff_ffff;
const NEEDED = [CAP.SETUID, CAP.SETGID, CAP.SETPCAP] as const;

describe('capabilities', () => {
  it('suffice for creating as anybody if none of three is missing', () => {
    const all = NEEDED.reduce((bits, each) => bits | (1 << each), 0);
    expect([takesAnyIdentity(all), takesAnyIdentity(-1)]).toEqual([true, true]);
    for (const each of NEEDED) expect(takesAnyIdentity(all & ~(1 << each))).toBe(false);
  });
});

describe.skipIf(!isRoot)('creating as the caller (needs CAP_SETUID, CAP_SETGID, CAP_SETPCAP)', () => {
  let worked: WorkedVolume;
  let scratch: Scratch;
  let all: number;
  const as = (uid: number, gid: number, identity: CallerIdentity): number => {
    worked.request.uid = uid;
    worked.request.gid = gid;
    return identity.assume(worked.request, 0o22);
  };
  const now = (): number[] => [sys.setfsuid(NONE), sys.setfsgid(NONE)];
  const identity = (fixed = false): CallerIdentity =>
    new CallerIdentity(worked.request, fixed ? ANDROID_OWNERSHIP : undefined);

  /** Of this thread, until the test is over. */
  function drop(capability: number): void {
    scratch.reset();
    const less = scratch.data(scratch.bytesAt(all, 24).slice());
    scratch.view.setUint32(less - scratch.base, scratch.u32At(all) & ~(1 << capability), true);
    expect(sys.capset(less)).toBe(0);
  }

  beforeEach(() => {
    worked = new WorkedVolume(SMALL_GEOMETRY);
    scratch = new Scratch(4096);
    all = scratch.base + 2048;
    expect(sys.capget(all)).toBe(0);
  });
  afterEach(() => {
    sys.capset(all);
    sys.setfsuid(0);
    sys.setfsgid(0);
    scratch.release();
    worked.dispose();
  });

  it('takes any identity, one after the other', () => {
    const any = identity();
    for (const [uid, gid] of [
      [1000, 1001],
      [0, 0],
      [1000, 5],
    ] as const) {
      expect(as(uid, gid, any)).toBe(0);
      expect(now()).toEqual([uid, gid]);
    }
    expect(as(1000, 1000, identity(true))).toBe(0);
    expect(now()).toEqual([ANDROID_OWNERSHIP.uid, ANDROID_OWNERSHIP.gid]);
  });

  it.each(NEEDED)(
    'is refused to others without capability %i, and goes on for the daemon’s own user',
    (which) => {
      drop(which);
      const own = identity();
      expect(as(0, 0, own)).toBe(0);
      for (const [uid, gid] of [
        [1000, 0],
        [0, 1000],
        [1000, 1000],
      ] as const)
        expect(as(uid, gid, own)).toBe(-ERRNO.EPERM);
      expect(now()).toEqual([0, 0]);
    },
  );

  it.each(NEEDED)('makes what has a fixed owner the daemon’s own without capability %i', (which) => {
    drop(which);
    expect(as(1000, 1000, identity(true))).toBe(0);
    expect(now()).toEqual([0, 0]);
  });
});
