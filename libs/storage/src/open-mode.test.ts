import { describe, expect, it } from 'vitest';
import { ACTION, REASON } from '@sluice/policy';
import { FOPEN } from '@sluice/wire';
import { MainlineInode } from './mainline-inode.fixture.ts';
import type { KernelFile } from './mainline-inode.fixture.ts';
import { MODE, OPEN_REASON, OPEN_REASON_NAMES, chooseMode, spareSetId } from './open-mode.ts';

const RULE = OPEN_REASON.rule;

/** The mode and the reason's name for an open wanted by a rule. */
function chosen(
  action: number,
  cached: number,
  direct: number,
  passthrough: number,
  available = true,
): unknown {
  const packed = chooseMode(action, RULE, available, cached, direct, passthrough);
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
    expect(chosen(ACTION.passthrough, 0, 0, 0, false)).toEqual([MODE.cached, 'passthrough-unavailable']);
    expect(chosen(ACTION.direct, 0, 0, 0, false)).toEqual([MODE.direct, 'rule']);
  });

  it('for writing a file with set-id bits is one in which the daemon sees the writes', () => {
    const wanted = spareSetId(ACTION.passthrough | (RULE << 4), true);
    expect(wanted).toBe(ACTION.cached | (OPEN_REASON['privileged-file'] << 4));
    expect(chooseMode(wanted & 15, wanted >>> 4, true, 0, 0, 1) & 15).toBe(MODE.passthroughDirect);
    expect(spareSetId(ACTION.passthrough | (RULE << 4), false)).toBe(ACTION.passthrough | (RULE << 4));
    expect(spareSetId(ACTION.direct | (RULE << 4), true)).toBe(ACTION.direct | (RULE << 4));
  });

  it('has reasons that begin with the policy’s own', () => {
    for (const [name, code] of Object.entries(REASON)) expect(OPEN_REASON_NAMES[code]).toBe(name);
    Object.values(OPEN_REASON).forEach((code, index) => {
      expect(code).toBe(index);
    });
  });
});

/** One inode seen by both sides: the daemon's record of it, and the kernel with what is on its way between them. */
interface World {
  counts: [cached: number, direct: number, passthrough: number];
  id: number;
  idle: boolean;
  keepCache: boolean;
  nextId: number;
  kernel: MainlineInode;
  files: { file: KernelFile; mode: number }[];
  /** Answers to OPEN that the kernel has not acted upon. */
  answers: { file: KernelFile; mode: number }[];
  /** RELEASE requests that the daemon has not seen. */
  releases: number[];
}

const FLAGS: Readonly<Record<number, number>> = {
  [MODE.cached]: 0,
  [MODE.direct]: FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES,
  [MODE.passthrough]: FOPEN.PASSTHROUGH,
  [MODE.passthroughDirect]: FOPEN.PASSTHROUGH | FOPEN.DIRECT_IO,
};

function countOf(mode: number): 0 | 1 | 2 {
  return mode === MODE.cached ? 0 : mode === MODE.direct ? 1 : 2;
}

function copy(world: World): World {
  const kept = new Map<KernelFile, KernelFile>();
  const clone = <T extends { file: KernelFile }>(each: T): T => {
    const file = kept.get(each.file) ?? { ...each.file };
    kept.set(each.file, file);
    return { ...each, file };
  };
  return {
    ...world,
    counts: [...world.counts],
    kernel: world.kernel.clone(),
    files: world.files.map(clone),
    answers: world.answers.map(clone),
    releases: [...world.releases],
  };
}

/** Decides an open as open-node.ts does; the kernel gets the answer later. */
function decide(world: World, action: number, registers: boolean): void {
  let wanted = action;
  let mode: number;
  for (;;) {
    mode = chooseMode(wanted, RULE, true, ...world.counts) & 15;
    if (countOf(mode) !== 2 || world.id !== 0) break;
    if (registers) {
      world.id = world.nextId++;
      world.kernel.ids.add(world.id);
      break;
    }
    wanted = ACTION.cached;
  }
  world.counts[countOf(mode)]++;
  if (countOf(mode) === 2) world.idle = false;
  const keep = mode === MODE.cached && world.keepCache;
  world.keepCache = mode === MODE.cached;
  const flags = (FLAGS[mode] ?? 0) | (keep ? FOPEN.KEEP_CACHE : 0);
  world.answers.push({ file: { flags, id: countOf(mode) === 2 ? world.id : 0, mapped: false }, mode });
}

function arrive(world: World, index: number): number {
  const [answer] = world.answers.splice(index, 1);
  if (answer === undefined) return 0;
  world.files.push(answer);
  return world.kernel.open(answer.file);
}

type Event = [name: string, act: (world: World) => number];

function opens(late: boolean): Event[] {
  const wants = [
    ['cached', ACTION.cached, true],
    ['direct', ACTION.direct, true],
    ['passthrough', ACTION.passthrough, true],
    ['passthrough, registration failing', ACTION.passthrough, false],
  ] as const;
  return wants.map(([name, action, registers]) => [
    `open ${name}`,
    (world) => {
      decide(world, action, registers);
      return late ? 0 : arrive(world, world.answers.length - 1);
    },
  ]);
}

/** All that can happen next. */
function eventsIn(world: World, late: boolean): Event[] {
  const events = opens(late);
  world.answers.forEach((_, i) => events.push([`answer ${i} arrives`, (next) => arrive(next, i)]));
  world.files.forEach(({ file }, i) => {
    events.push([
      `close ${i}`,
      (next) => {
        const [closed] = next.files.splice(i, 1);
        if (closed !== undefined) {
          next.kernel.close(closed.file);
          next.releases.push(closed.mode);
        }
        return 0;
      },
    ]);
    if ((file.flags & FOPEN.DIRECT_IO) !== 0 && !file.mapped) {
      events.push([`mmap ${i}`, (next) => next.kernel.map((next.files[i] as { file: KernelFile }).file)]);
    }
  });
  world.releases.forEach((mode, i) => {
    // Two of one mode are one and the same to the daemon.
    if (world.releases.indexOf(mode) !== i) return;
    events.push([
      `release ${i}`,
      (next) => {
        next.releases.splice(i, 1);
        next.counts[countOf(mode)]--;
        next.idle = next.counts[2] === 0 && next.id !== 0;
        return 0;
      },
    ]);
  });
  if (world.idle) {
    events.push([
      'evict',
      (next) => {
        next.kernel.ids.delete(next.id);
        next.id = 0;
        next.idle = false;
        return 0;
      },
    ]);
  }
  return events;
}

function emptyWorld(): World {
  return {
    counts: [0, 0, 0],
    id: 0,
    idle: false,
    keepCache: false,
    nextId: 1,
    kernel: new MainlineInode(),
    files: [],
    answers: [],
    releases: [],
  };
}

/** Runs all sequences of up to `events` events. How many there were, and those that ended in an errno. */
function explore(events: number, late: boolean): { sequences: number; failures: string[] } {
  const failures: string[] = [];
  let sequences = 0;
  const path: string[] = [];
  const go = (world: World, left: number): void => {
    if (left === 0) return;
    for (const [name, act] of eventsIn(world, late)) {
      const next = copy(world);
      path.push(name);
      sequences++;
      const errno = act(next);
      if (errno === 0) go(next, left - 1);
      else failures.push(`${path.join('; ')}: errno ${errno}`);
      path.pop();
    }
  };
  go(emptyWorld(), events);
  return { sequences, failures };
}

describe('the arbiter against the mainline kernel’s rules', () => {
  it('lets no app see EIO or ENODEV in any sequence of up to 6 events', () => {
    const { sequences, failures } = explore(6, false);
    expect(failures.slice(0, 5)).toEqual([]);
    expect(sequences).toBeGreaterThan(60_000);
  });

  it('nor in any of up to 6 with answers that overtake one another on their way to the kernel', () => {
    const { sequences, failures } = explore(6, true);
    expect(failures.slice(0, 5)).toEqual([]);
    expect(sequences).toBeGreaterThan(40_000);
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
