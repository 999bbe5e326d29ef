/**
 * What policy forbids a caller beyond opening files: entering, listing, changing, making, removing and moving. Without a
 * rule that hides, denies or redacts, each of these is one look at a flag.
 *
 * A file that is hidden from the caller is answered ESTALE: its name was cached for somebody else, or it comes by a descriptor
 * that was handed over. The kernel then looks the name up again, and is told that there is none. A hidden directory that the
 * caller has reached all the same, because it leads to a mount or by a descriptor, is EACCES.
 */
import { ACCESS, ACTION, MAY, TYPE, decisionAction } from '@sluice/policy';
import { AT, ERRNO, RENAME, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { lenience, typeOf, typeOfMode } from './decisions.ts';
import { NODE_FLAG } from './layout.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/** May the caller do this to the node? `asked`: ACCESS bits; 0: know of it. 0 or -errno. */
export function permit(volume: Volume, request: Request, at: number, asked: number): number {
  if (!volume.policy.image.guards) return 0;
  const { lock, decisions } = volume;
  lock.acquire();
  const sized = asked !== 0 && decisions.dependsOnSize(request, at, asked);
  let decision = decisions.about(request, at, asked, 0);
  lock.release();
  if (sized) {
    const statAt = volume.scratch(SCRATCH.stat);
    const result = volume.lower.stat(at, statAt);
    if (result < 0) return result;
    lock.acquire();
    decision = decisions.about(request, at, asked, volume.memory.getU64Approximate(statAt + ATTR.size));
    lock.release();
  }
  switch (decisionAction(decision)) {
    case ACTION.hide:
      return volume.nodes.isDirectory(at) ? -ERRNO.EACCES : -ERRNO.ESTALE;
    case ACTION.deny:
      return asked === 0 ? 0 : -volume.policy.image.ruleErrno(decision);
    case ACTION.redact:
      // What is shown of it is not what it holds: nothing may be written to it.
      return (asked & ACCESS.write) !== 0 ? -ERRNO.EACCES : 0;
    default:
      return 0;
  }
}

/**
 * May the caller make something of this TYPE by the name at `nameAt` (`length` bytes) beneath the directory at `parentAt`?
 * A hidden name is refused whether or not it exists, so that the answer does not tell. 0 or -errno.
 */
export function permitNew(
  volume: Volume,
  request: Request,
  parentAt: number,
  nameAt: number,
  length: number,
  type: number,
  asked: number,
): number {
  if (!volume.policy.image.guards) return 0;
  const decision = decideByName(volume, request, parentAt, nameAt, length, type, asked);
  const action = decisionAction(decision);
  if (action === ACTION.hide) return -ERRNO.EACCES;
  return action === ACTION.deny ? -volume.policy.image.ruleErrno(decision) : 0;
}

/** May the caller remove what bears the name? `directory`: a descriptor of the one at `parentAt`. 0 or -errno. */
export function permitRemoval(
  volume: Volume,
  request: Request,
  directory: number,
  parentAt: number,
  nameAt: number,
  length: number,
): number {
  if (!volume.policy.image.guards) return 0;
  const type = typeAt(volume, request, directory, nameAt);
  if (type < 0) return type;
  const decision = decideByName(volume, request, parentAt, nameAt, length, type, ACCESS.write);
  const action = decisionAction(decision);
  if (action === ACTION.hide) return -ERRNO.ENOENT;
  return action === ACTION.deny ? -volume.policy.image.ruleErrno(decision) : 0;
}

/** One end of a RENAME or LINK: a name beneath a directory, which is open as `directory`. */
export interface NameEnd {
  directory: number;
  parentAt: number;
  nameAt: number;
  length: number;
}

/**
 * May the caller move what bears one name to the other? Not where the new name would lift what policy keeps from the caller:
 * EXDEV, upon which mv(1) copies what the caller may read. Of a directory: not where something beneath it could be lifted.
 */
export function permitMove(
  volume: Volume,
  request: Request,
  from: NameEnd,
  to: NameEnd,
  flags: number,
): number {
  const { guards } = volume.policy.image;
  if (!guards) return 0;
  const type = typeAt(volume, request, from.directory, from.nameAt);
  if (type < 0) return type;
  let result = permitRemoval(volume, request, from.directory, from.parentAt, from.nameAt, from.length);
  if (result < 0) return result;
  const asked = ACCESS.create | ACCESS.write;
  result = permitNew(volume, request, to.parentAt, to.nameAt, to.length, type, asked);
  if (result < 0) return result;
  result = keepsGuard(volume, request, from, to, type);
  if (result < 0) return result;
  const other = typeAt(volume, request, to.directory, to.nameAt);
  if (other < 0) return 0;
  result = permitRemoval(volume, request, to.directory, to.parentAt, to.nameAt, to.length);
  if (result < 0 || (flags & RENAME.EXCHANGE) === 0) return result;
  result = permitNew(volume, request, from.parentAt, from.nameAt, from.length, other, asked);
  return result < 0 ? result : keepsGuard(volume, request, to, from, other);
}

/** May the caller give the node at `at` another name? As for {@link permitMove}. */
export function permitLink(volume: Volume, request: Request, at: number, to: NameEnd): number {
  if (!volume.policy.image.guards) return 0;
  const { lock, decisions, nodes } = volume;
  const type = typeOf(nodes, at);
  const result = permitNew(volume, request, to.parentAt, to.nameAt, to.length, type, ACCESS.create);
  if (result < 0) return result;
  for (const asked of QUESTIONS) {
    lock.acquire();
    const before = decisions.about(request, at, asked, 0);
    lock.release();
    if (decisionAction(before) === ACTION.hide) return -ERRNO.ESTALE;
    const after = decideByName(volume, request, to.parentAt, to.nameAt, to.length, type, asked);
    if (lifts(before, after)) return -ERRNO.EXDEV;
  }
  return 0;
}

/** What a name is compared by: the name alone, and every single access. */
const QUESTIONS = [0, ACCESS.read, ACCESS.write, ACCESS.create, ACCESS.mmap] as const;

function keepsGuard(volume: Volume, request: Request, from: NameEnd, to: NameEnd, type: number): number {
  for (const asked of QUESTIONS) {
    const before = decideByName(volume, request, from.parentAt, from.nameAt, from.length, type, asked);
    const after = decideByName(volume, request, to.parentAt, to.nameAt, to.length, type, asked);
    if (lifts(before, after)) return -ERRNO.EXDEV;
  }
  if (type !== TYPE.directory) return 0;
  const { lock, policy, decisions } = volume;
  lock.acquire();
  const fromState = policy.beneath(from.parentAt, from.nameAt, from.length);
  const toState = policy.beneath(to.parentAt, to.nameAt, to.length);
  const { image } = policy;
  const guarded =
    !image.samePath(fromState, toState) &&
    (image.mayBeneath(fromState) & image.mayConcern(decisions.callerClass(request)) & GUARDS) !== 0;
  lock.release();
  return guarded ? -ERRNO.EXDEV : 0;
}

const GUARDS = MAY.hide | MAY.deny | MAY.redact;

/** Whether the caller is kept from something by the first decision that the second would give. */
function lifts(before: number, after: number): boolean {
  return lenience(before) <= lenience(ACTION.redact) && lenience(after) > lenience(before);
}

function decideByName(
  volume: Volume,
  request: Request,
  parentAt: number,
  nameAt: number,
  length: number,
  type: number,
  asked: number,
): number {
  const { lock, policy, decisions } = volume;
  lock.acquire();
  const state = policy.beneath(parentAt, nameAt, length);
  const decision = policy.image.decide(state, decisions.callerClass(request), type, asked, 0);
  lock.release();
  return decision;
}

/** TYPE of what bears the name, or -errno. */
function typeAt(volume: Volume, request: Request, directory: number, nameAt: number): number {
  const statAt = volume.scratch(SCRATCH.otherStat);
  const result = sys.stat(directory, request.address(nameAt), AT.SYMLINK_NOFOLLOW, request.address(statAt));
  return result < 0 ? result : typeOfMode(volume.memory.getU32(statAt + ATTR.mode));
}

/** Whether some name anywhere is hidden from the caller. */
export function hidesFrom(volume: Volume, request: Request): boolean {
  const { image } = volume.policy;
  return image.guards && (image.mayConcern(volume.decisions.callerClass(request)) & MAY.hide) !== 0;
}

/**
 * Whether this name beneath the directory is hidden from the caller: by itself, or because of another name that the object, the
 * u64 inode number at `inoAt`, is known by.
 */
export function isHidden(
  volume: Volume,
  request: Request,
  parentAt: number,
  nameAt: number,
  length: number,
  type: number,
  inoAt: number,
): boolean {
  const { lock, nodes, decisions } = volume;
  const own = decideByName(volume, request, parentAt, nameAt, length, type, 0);
  if (decisionAction(own) === ACTION.hide) return true;
  if (type !== TYPE.file) return false;
  lock.acquire();
  const linked = nodes.findLinked(inoAt, parentAt);
  const byOther = linked === 0 ? 0 : decisions.about(request, linked, 0, 0);
  lock.release();
  return decisionAction(byOther) === ACTION.hide;
}

/** Whether the redacted view is what the node shows. */
export function isRedacted(volume: Volume, at: number): boolean {
  return volume.nodes.flag(at, NODE_FLAG.redacted);
}
