import { describe, expect, it } from 'vitest';
import { ACTION, REASON, packDecision } from '@sluice/policy';
import { FOPEN } from '@sluice/wire';
import { ERRNO } from '@sluice/sys';
import { dialectByName } from '@sluice/session';
import type { DialectName } from '@sluice/session';
import { AndroidInode } from './android-inode.fixture.ts';
import { explore } from './inode-world.fixture.ts';
import type { KernelFile } from './kernel-inode.fixture.ts';
import { MainlineInode } from './mainline-inode.fixture.ts';
import {
  MODE,
  OPEN_REASON,
  OPEN_REASON_NAMES,
  chooseMode,
  exactReason,
  refusalReason,
  spareMappings,
  spareSetId,
} from './open-mode.ts';

const RULE = OPEN_REASON.rule;
const ANDROID = ['android-v2', 'android-v1', 'android-v0', 'android-unique'] as const;
const mainline = dialectByName('mainline');

/** The mode and the reason's name for an open wanted by a rule. */
function chosen(
  action: number,
  cached: number,
  direct: number,
  passthrough: number,
  dialect: DialectName = 'mainline',
): unknown {
  const packed = chooseMode(dialectByName(dialect), action, RULE, cached, direct, passthrough);
  return [packed & 15, OPEN_REASON_NAMES[packed >>> 4]];
}

describe('the mode of an open', () => {
  it('is what the policy wants on an idle inode', () => {
    expect(chosen(ACTION.cached, 0, 0, 0)).toEqual([MODE.cached, 'rule']);
    expect(chosen(ACTION.direct, 0, 0, 0)).toEqual([MODE.direct, 'rule']);
    expect(chosen(ACTION.passthrough, 0, 0, 0)).toEqual([MODE.passthrough, 'rule']);
  });

  it('beside cached opens is never passthrough', () => {
    expect(chosen(ACTION.cached, 2, 1, 0)).toEqual([MODE.cached, 'rule']);
    expect(chosen(ACTION.direct, 1, 0, 0)).toEqual([MODE.direct, 'rule']);
    expect(chosen(ACTION.passthrough, 1, 0, 0)).toEqual([MODE.cached, 'inode-cached']);
  });

  it('beside direct opens is never passthrough, since they may be mapped', () => {
    expect(chosen(ACTION.passthrough, 0, 1, 0)).toEqual([MODE.cached, 'inode-direct']);
    expect(chosen(ACTION.direct, 0, 3, 0)).toEqual([MODE.direct, 'rule']);
    expect(chosen(ACTION.cached, 0, 1, 0)).toEqual([MODE.cached, 'rule']);
  });

  it('beside passthrough opens is always passthrough of some kind', () => {
    expect(chosen(ACTION.passthrough, 0, 0, 1)).toEqual([MODE.passthrough, 'rule']);
    expect(chosen(ACTION.cached, 0, 0, 1)).toEqual([MODE.passthrough, 'inode-passthrough']);
    expect(chosen(ACTION.direct, 0, 0, 1)).toEqual([MODE.passthroughDirect, 'inode-passthrough']);
  });

  it('is cached where passthrough is not to be had', () => {
    expect(chosen(ACTION.passthrough, 0, 0, 0, 'none')).toEqual([MODE.cached, 'passthrough-unavailable']);
    expect(chosen(ACTION.direct, 0, 0, 0, 'none')).toEqual([MODE.direct, 'rule']);
  });

  it('tells why it is not to be had, where that is the daemon’s want of rights', () => {
    const unavailable = OPEN_REASON['passthrough-unavailable'];
    expect(exactReason(unavailable, true)).toBe(OPEN_REASON['passthrough-unprivileged']);
    expect(exactReason(unavailable, false)).toBe(unavailable);
    for (const reason of Object.values(OPEN_REASON))
      if (reason !== unavailable) expect(exactReason(reason, true)).toBe(reason);
  });

  it('for writing a file with set-id bits is one in which the daemon sees the writes', () => {
    const wanted = spareSetId(ACTION.passthrough | (RULE << 4), true);
    expect(wanted).toBe(ACTION.cached | (OPEN_REASON['privileged-file'] << 4));
    expect(chooseMode(mainline, wanted & 15, wanted >>> 4, 0, 0, 1) & 15).toBe(MODE.passthroughDirect);
    expect(spareSetId(ACTION.passthrough | (RULE << 4), false)).toBe(ACTION.passthrough | (RULE << 4));
    expect(spareSetId(ACTION.direct | (RULE << 4), true)).toBe(ACTION.direct | (RULE << 4));
  });

  it.each(ANDROID)(
    'of %s is passthrough beside passthrough, whatever is wanted: nothing else maps',
    (name) => {
      expect(chosen(ACTION.passthrough, 0, 0, 1, name)).toEqual([MODE.passthrough, 'rule']);
      expect(chosen(ACTION.cached, 0, 0, 1, name)).toEqual([MODE.passthrough, 'inode-passthrough']);
      expect(chosen(ACTION.direct, 0, 0, 1, name)).toEqual([MODE.passthrough, 'inode-passthrough']);
      expect(chosen(ACTION.passthrough, 1, 0, 0, name)).toEqual([MODE.cached, 'inode-cached']);
    },
  );

  it('where the daemon fills mappings is passthrough only by a rule that insists', () => {
    const passing = ACTION.passthrough | (RULE << 4);
    const auto = packDecision(ACTION.auto, REASON.rule, 1);
    const withheld = ACTION.cached | (OPEN_REASON['mapped-by-daemon'] << 4);
    expect(spareMappings(passing, auto, false)).toBe(withheld);
    expect(spareMappings(passing, auto, true)).toBe(passing);
    for (const action of [ACTION.passthrough, ACTION.tree])
      expect(spareMappings(passing, packDecision(action, REASON.rule, 1), false)).toBe(passing);
    const cached = ACTION.cached | (OPEN_REASON['auto-small'] << 4);
    expect(spareMappings(cached, auto, false)).toBe(cached);
  });

  it.each([
    ['EPERM', 'registration-refused-permission'],
    ['EINVAL', 'registration-refused-invalid'],
    ['EBADF', 'registration-refused-bad-file'],
    ['EOPNOTSUPP', 'registration-refused-unsupported'],
    ['ELOOP', 'registration-refused-stacked'],
    ['EEXIST', 'registration-refused-stacked'],
    ['EISDIR', 'registration-refused-directory'],
    ['ENOTTY', 'registration-refused-unknown'],
    ['ENOMEM', 'registration-refused-resources'],
    ['ENFILE', 'registration-refused-resources'],
    ['EIO', 'registration-failed'],
  ] as const)('without a registration for %s has a reason of its own: %s', (errno, reason) => {
    expect(refusalReason(-ERRNO[errno])).toBe(OPEN_REASON[reason]);
    // Codes beyond four bits survive the packing.
    const packed = chooseMode(mainline, ACTION.cached, OPEN_REASON[reason], 0, 0, 0);
    expect([packed & 15, OPEN_REASON_NAMES[packed >>> 4]]).toEqual([MODE.cached, reason]);
  });

  it('has reasons that begin with the policy’s own', () => {
    for (const [name, code] of Object.entries(REASON)) expect(OPEN_REASON_NAMES[code]).toBe(name);
    Object.values(OPEN_REASON).forEach((code, index) => {
      expect(code).toBe(index);
    });
  });
});

describe('the arbiter against the mainline kernel’s rules', () => {
  const kernel = (): MainlineInode => new MainlineInode();
  const play = { dialect: mainline, kernel, events: 6, maps: true };

  it('lets no app see EIO, ENODEV or old bytes in any sequence of up to 6 events, and leaves no id behind', () => {
    const { sequences, passed, failures } = explore(play);
    expect(failures).toEqual([]);
    expect(sequences).toBeGreaterThan(60_000);
    expect(passed).toBeGreaterThan(10_000);
  });

  it('nor in any of up to 6 with answers that overtake one another on their way to the kernel', () => {
    const { sequences, failures } = explore({ ...play, late: true });
    expect(failures).toEqual([]);
    expect(sequences).toBeGreaterThan(40_000);
  });

  it('is seen to fail where cached opens are let in beside passthrough ones', () => {
    expect(explore({ ...play, events: 3, mixes: true }).failures[0]).toMatch(/errno 5/);
  });
});

describe.each(ANDROID)('the arbiter against the rules of kernels that speak %s', (name) => {
  const dialect = dialectByName(name);
  const play = { dialect, kernel: () => new AndroidInode(dialect), events: 6 };
  /** Kernels without ids bind a registration to its request: nothing can overtake it. */
  const late = dialect.owner === 'open';

  it('serves no old or foreign bytes and no errno in any sequence of up to 6 events by `auto`, mappings included', () => {
    const { sequences, passed, failures } = explore({ ...play, maps: true });
    expect(failures).toEqual([]);
    expect(sequences).toBeGreaterThan(20_000);
    // Where the daemon fills mappings `auto` has none pass through.
    expect(passed > 0).toBe(dialect.mapsLowerFile);
  });

  it('nor where rules insist on passthrough, but for what the dialect’s mappings do not see', () => {
    const { passed, failures } = explore({ ...play, late, insists: true, maps: dialect.mapsLowerFile });
    expect(failures).toEqual([]);
    expect(passed).toBeGreaterThan(5_000);
  });

  it('is seen to fail where cached opens are let in beside passthrough ones', () => {
    expect(explore({ ...play, events: 3, insists: true, mixes: true }).failures[0]).toMatch(/old after/);
  });
});

describe('the model of Android’s kernels', () => {
  it('is where sharing an id among opens goes wrong', () => {
    const dialect = dialectByName('android-v2');
    const play = { dialect, kernel: () => new AndroidInode(dialect), insists: true, shares: true };
    expect(explore({ ...play, events: 2 }).failures[0]).toMatch(/meant to pass through/);
    expect(explore({ ...play, events: 4 }).failures.join()).toMatch(/another file/);
  });

  it('is where mappings of files that pass through are old if the daemon fills them', () => {
    const dialect = dialectByName('android-v0');
    const play = { dialect, kernel: () => new AndroidInode(dialect), insists: true, maps: true, events: 3 };
    expect(explore(play).failures[0]).toMatch(/a pages mapping is old after a past write/);
  });
});

describe('the model of the kernel', () => {
  const cached: KernelFile = { flags: 0, id: 0, mapped: false };
  const direct: KernelFile = { flags: FOPEN.DIRECT_IO, id: 0, mapped: false };
  const through: KernelFile = { flags: FOPEN.PASSTHROUGH, id: 1, mapped: false };

  function inode(...ids: number[]): MainlineInode {
    const made = new MainlineInode();
    for (const id of ids) made.ids.add(id);
    return made;
  }

  it('refuses cached and passthrough opens beside one another, in either order', () => {
    const first = inode(1);
    expect([first.open(cached), first.open(through)]).toEqual([0, 5]);
    const second = inode(1);
    expect([second.open(through), second.open(cached), second.open(direct)]).toEqual([0, 5, 5]);
    second.close(through);
    expect(second.open(cached)).toBe(0);
  });

  it('refuses ids that are unknown or not the inode’s, and KEEP_CACHE beside passthrough', () => {
    const made = inode(1, 2);
    expect(made.open({ ...through, id: 9 })).toBe(5);
    expect(made.open({ ...through, flags: FOPEN.PASSTHROUGH | FOPEN.KEEP_CACHE })).toBe(5);
    expect([made.open(through), made.open({ ...through, id: 2 }), made.open(through)]).toEqual([0, 5, 0]);
  });

  it('counts a mapped direct open as a cached one until it is closed', () => {
    const made = inode(1);
    const mine = { ...direct };
    expect([made.open(mine), made.map(mine), made.open(through)]).toEqual([0, 0, 5]);
    made.close(mine);
    expect(made.open(through)).toBe(0);
  });

  it('refuses to map a direct open while another one passes through', () => {
    const made = inode(1);
    expect([made.open(direct), made.open(through), made.map({ ...direct })]).toEqual([0, 0, 19]);
  });
});
