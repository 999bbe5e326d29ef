/**
 * What policy forbids, by path: the rules of storage's permissions.ts for an engine that knows names and no nodes. What is
 * hidden does not exist; what would lift a guard from a file by another name is EXDEV.
 */
import { ACCESS, ACTION, MAY, TYPE, decisionAction } from '@sluice/policy';
import { lenience } from '@sluice/storage';
import { ERRNO } from '@sluice/sys';
import type { PathPolicy } from './path-policy.ts';

/** May this be done to what the path names? `asked`: ACCESS bits; 0: know of it. 0 or -errno. */
export function permit(
  policy: PathPolicy,
  path: Uint8Array,
  type: number,
  asked: number,
  size: number,
): number {
  if (!policy.image.guards) return 0;
  const decision = policy.decide(path, type, asked, size);
  switch (decisionAction(decision)) {
    case ACTION.hide:
      return -ERRNO.ENOENT;
    case ACTION.deny:
      return asked === 0 ? 0 : -policy.image.ruleErrno(decision);
    case ACTION.redact:
      // What is shown of it is not what it holds: nothing may be written to it.
      return (asked & ACCESS.write) !== 0 && type === TYPE.file ? -ERRNO.EACCES : 0;
    default:
      return 0;
  }
}

/** May something of this TYPE be made there? A hidden name is refused whether or not it exists. 0 or -errno. */
export function permitNew(policy: PathPolicy, path: Uint8Array, type: number, asked: number): number {
  if (!policy.image.guards) return 0;
  const decision = policy.decide(path, type, asked, 0);
  const action = decisionAction(decision);
  if (action === ACTION.hide) return -ERRNO.EACCES;
  return action === ACTION.deny ? -policy.image.ruleErrno(decision) : 0;
}

/** May what bears the name be removed? 0 or -errno. */
export function permitRemoval(policy: PathPolicy, path: Uint8Array, type: number): number {
  if (!policy.image.guards) return 0;
  const decision = policy.decide(path, type, ACCESS.write, 0);
  const action = decisionAction(decision);
  if (action === ACTION.hide) return -ERRNO.ENOENT;
  return action === ACTION.deny ? -policy.image.ruleErrno(decision) : 0;
}

/** May it be moved? `type`: of what moves; `over`: of what the new name names already, -1: nothing. 0 or -errno. */
export function permitMove(
  policy: PathPolicy,
  from: Uint8Array,
  to: Uint8Array,
  type: number,
  over: number,
): number {
  if (!policy.image.guards) return 0;
  let result = permitRemoval(policy, from, type);
  if (result < 0) return result;
  result = permitNew(policy, to, type, ACCESS.create | ACCESS.write);
  if (result < 0) return result;
  if (liftsAny(policy, from, to, type) || (type === TYPE.directory && guardsBeneath(policy, from, to))) {
    return -ERRNO.EXDEV;
  }
  return over < 0 ? 0 : permitRemoval(policy, to, over);
}

/** May it get another name? 0 or -errno. */
export function permitLink(policy: PathPolicy, from: Uint8Array, to: Uint8Array, type: number): number {
  if (!policy.image.guards) return 0;
  if (decisionAction(policy.decide(from, type, 0, 0)) === ACTION.hide) return -ERRNO.ENOENT;
  const result = permitNew(policy, to, type, ACCESS.create);
  if (result < 0) return result;
  return liftsAny(policy, from, to, type) ? -ERRNO.EXDEV : 0;
}

/** What names are compared by: the name alone, and every single access. */
const QUESTIONS = [0, ACCESS.read, ACCESS.write, ACCESS.create, ACCESS.mmap] as const;
const GUARDS = MAY.hide | MAY.deny | MAY.redact;

function liftsAny(policy: PathPolicy, from: Uint8Array, to: Uint8Array, type: number): boolean {
  return QUESTIONS.some((asked) => {
    const before = lenience(policy.decide(from, type, asked, 0));
    return before <= lenience(ACTION.redact) && lenience(policy.decide(to, type, asked, 0)) > before;
  });
}

function guardsBeneath(policy: PathPolicy, from: Uint8Array, to: Uint8Array): boolean {
  const { image } = policy;
  const state = policy.stateAt(from);
  return (
    !image.samePath(state, policy.stateAt(to)) &&
    (image.mayBeneath(state) & image.mayConcern(policy.callerClass) & GUARDS) !== 0
  );
}
