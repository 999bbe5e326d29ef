/**
 * One inode seen by both sides: the daemon's record of it, and a model of the kernel with what is on its way between them.
 * All sequences of events up to a length are played; a policy that changes is an open that wants something else than the
 * one before it, which every sequence has.
 */
import { ACTION, REASON, packDecision } from '@sluice/policy';
import { FOPEN } from '@sluice/wire';
import type { Dialect } from '@sluice/session';
import { AndroidInode } from './android-inode.fixture.ts';
import type { KernelFile, KernelInode } from './kernel-inode.fixture.ts';
import { MODE, OPEN_REASON, chooseMode, modeWithoutRegistration, spareMappings } from './open-mode.ts';

interface Opened {
  file: KernelFile;
  mode: number;
}

interface World {
  counts: [cached: number, direct: number, passthrough: number];
  /** The id that opens share, of dialects in which they do. */
  id: number;
  idle: boolean;
  keepCache: boolean;
  /** Its last name is gone: the kernel forgets it with its last open file. */
  unlinked: boolean;
  kernel: KernelInode;
  files: Opened[];
  /** Answers to OPEN that the kernel has not acted upon. */
  answers: Opened[];
  /** RELEASE requests that the daemon has not seen. */
  releases: number[];
}

export interface Play {
  dialect: Dialect;
  kernel: () => KernelInode;
  events: number;
  /** Answers reach the kernel after others that were given later. Not where the kernel binds them to what came before. */
  late?: boolean;
  /** Rules say `passthrough`, instead of `auto` that finds it worth while. */
  insists?: boolean;
  maps?: boolean;
  /** A defect to be found: ids of dialects that use them up are shared all the same. */
  shares?: boolean;
  /** Another one: cached opens do not mind passthrough ones. */
  mixes?: boolean;
}

export interface Played {
  sequences: number;
  /** Opens that passed through. */
  passed: number;
  /** Some of the first that ended in an errno, in old or foreign bytes, or with a registration left behind. */
  failures: string[];
}

/** As open-as.ts has them for the mainline dialect and the others. */
function flagsOf(mode: number, dialect: Dialect): number {
  switch (mode) {
    case MODE.direct:
      return FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES;
    case MODE.passthrough:
      return dialect.openFlags;
    case MODE.passthroughDirect:
      return dialect.openFlags | FOPEN.DIRECT_IO;
    default:
      return 0;
  }
}

function countOf(mode: number): 0 | 1 | 2 {
  return mode === MODE.cached ? 0 : mode === MODE.direct ? 1 : 2;
}

function copy(world: World): World {
  const kept = new Map<KernelFile, KernelFile>();
  const clone = (each: Opened): Opened => {
    const file = kept.get(each.file) ?? { ...each.file };
    kept.set(each.file, file);
    return { ...each, file };
  };
  const [files, answers] = [world.files.map(clone), world.answers.map(clone)];
  const { kernel } = world;
  return {
    ...world,
    counts: [...world.counts],
    kernel: kernel instanceof AndroidInode ? kernel.clone(kept) : kernel.clone(),
    files,
    answers,
    releases: [...world.releases],
  };
}

/** Decides an open as open-as.ts does; the kernel gets the answer later. */
function decide(world: World, play: Play, action: number, registers: boolean): void {
  const { dialect } = play;
  const asked = play.insists === true ? ACTION.passthrough : ACTION.auto;
  const decision = packDecision(action === ACTION.passthrough ? asked : action, REASON.rule, 1);
  const wanted = spareMappings(action | (OPEN_REASON.rule << 4), decision, dialect.mapsLowerFile);
  const [cached, direct, passthrough] = world.counts;
  const beside = play.mixes === true && (wanted & 15) === ACTION.cached ? 0 : passthrough;
  let mode = chooseMode(dialect, wanted & 15, wanted >>> 4, cached, direct, beside) & 15;
  let id = 0;
  if (countOf(mode) === 2) {
    const isShared = dialect.owner === 'inode' || play.shares === true;
    if (isShared && world.id !== 0) id = world.id;
    else if (registers) id = world.kernel.register(true);
    else mode = modeWithoutRegistration(passthrough > 0);
    if (isShared) world.id = id;
  }
  world.counts[countOf(mode)]++;
  if (countOf(mode) === 2) world.idle = false;
  const keep = mode === MODE.cached && world.keepCache;
  world.keepCache = mode === MODE.cached;
  const flags = flagsOf(mode, dialect) | (keep ? FOPEN.KEEP_CACHE : 0);
  world.answers.push({ file: { flags, id, mapped: false }, mode });
}

/** The kernel acts upon an answer: what was wrong with it, or ''. */
function arrive(world: World, index: number): string {
  const [answer] = world.answers.splice(index, 1);
  if (answer === undefined) return '';
  world.files.push(answer);
  const errno = world.kernel.open(answer.file);
  if (errno !== 0) return `errno ${errno}`;
  const { kernel } = world;
  const isMeantToPass = countOf(answer.mode) === 2;
  return kernel instanceof AndroidInode && kernel.passes(answer.file) !== isMeantToPass
    ? `an open that was ${isMeantToPass ? '' : 'not '}meant to pass through`
    : '';
}

type Act = (world: World) => string;
type Event = [name: string, act: Act];

function opens(play: Play): Event[] {
  const wants = [
    ['cached', ACTION.cached, true],
    ['direct', ACTION.direct, true],
    ['passthrough', ACTION.passthrough, true],
    ['passthrough, registration failing', ACTION.passthrough, false],
  ] as const;
  return wants.map(([name, action, registers]) => [
    `open ${name}`,
    (world) => {
      decide(world, play, action, registers);
      return play.late === true ? '' : arrive(world, world.answers.length - 1);
    },
  ]);
}

/** All that can happen next. */
function eventsIn(world: World, play: Play): Event[] {
  const isGone = world.unlinked && world.files.length + world.answers.length === 0;
  const events: Event[] = isGone ? [] : opens(play);
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
        return '';
      },
    ]);
    // Android's kernels refuse to map direct opens, and say so: that is the rule's doing, or the better of two evils.
    const isDirect = (file.flags & FOPEN.DIRECT_IO) !== 0;
    const isMappable = isDirect ? play.dialect.owner === 'inode' : play.dialect.owner !== 'inode';
    if (play.maps === true && isMappable && !file.mapped) {
      events.push([
        `mmap ${i}`,
        (next) => {
          const errno = next.kernel.map((next.files[i] as Opened).file);
          return errno === 0 ? '' : `errno ${errno}`;
        },
      ]);
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
        return '';
      },
    ]);
  });
  if (world.idle && play.dialect.owner === 'inode') events.push(['evict', evict]);
  if (!world.unlinked) {
    events.push([
      'unlink',
      (next) => {
        next.unlinked = true;
        return '';
      },
    ]);
  } else if (isGone && world.releases.length === 0) events.push(['forget', forget]);
  if (play.dialect.owner === 'open') {
    events.push([
      'another file is registered',
      (next) => {
        next.kernel.register(false);
        return '';
      },
    ]);
  }
  return events;
}

function evict(world: World): string {
  world.kernel.unregister(world.id);
  world.id = 0;
  world.idle = false;
  return '';
}

/** The node goes, and with it what it has registered: nothing may stay in the kernel. */
function forget(world: World): string {
  if (world.idle) evict(world);
  return world.kernel.stranded === 0 ? '' : `${world.kernel.stranded} registrations are left behind`;
}

/** Plays all sequences of up to `events` events. */
export function explore(play: Play): Played {
  const failures: string[] = [];
  let sequences = 0;
  let passed = 0;
  const path: string[] = [];
  const go = (world: World, left: number): void => {
    if (left === 0) return;
    for (const [name, act] of eventsIn(world, play)) {
      const next = copy(world);
      path.push(name);
      sequences++;
      const before = next.files.length;
      const wrong = act(next) || exercise(next);
      if (next.files.length > before && countOf(next.files.at(-1)?.mode ?? 0) === 2) passed++;
      if (wrong === '') go(next, name === 'forget' ? 0 : left - 1);
      else if (failures.length < 50) failures.push(`${path.join('; ')}: ${wrong}`);
      path.pop();
    }
  };
  go(
    {
      counts: [0, 0, 0],
      id: 0,
      idle: false,
      keepCache: false,
      unlinked: false,
      kernel: play.kernel(),
      files: [],
      answers: [],
      releases: [],
    },
    play.events,
  );
  return { sequences, passed, failures };
}

function exercise({ kernel, files }: World): string {
  try {
    return kernel.exercise(files.map(({ file }) => file));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
