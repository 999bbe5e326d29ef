/** What a policy can say, what it is asked, and how a decision is packed into one number. */

/** Actions of a decision. `auto` is resolved by the caller, who knows sizes and registrations (`auto.ts`). */
export const ACTION = {
  passthrough: 1,
  cached: 2,
  direct: 3,
  redact: 4,
  hide: 5,
  deny: 6,
  tree: 7,
  auto: 8,
} as const;
export type ActionName = keyof typeof ACTION;
export const ACTION_NAMES: readonly ActionName[] = Object.keys(ACTION) as ActionName[];

/** Actions that say how the data of an open travels: what a default may be. */
export type DataAction = 'passthrough' | 'auto' | 'cached' | 'direct';
export const DATA_ACTIONS: readonly DataAction[] = ['passthrough', 'auto', 'cached', 'direct'];

/**
 * Bits of what is asked; O_RDWR has read and write. `create`: the file is being created. `mmap`: it is opened to be executed
 * or mapped as a program (the kernel's __FMODE_EXEC), the one mapping that is announced.
 */
export const ACCESS = { read: 1, write: 2, create: 4, mmap: 8 } as const;
export type AccessName = keyof typeof ACCESS;
/** All bits of a question. */
export const ACCESS_ALL = 15;

/** What stands at the path. */
export const TYPE = { file: 0, directory: 1, symlink: 2, other: 3 } as const;
export type TypeName = keyof typeof TYPE;
/** Bits of all types. */
export const TYPES_ALL = 15;

/**
 * Why a decision is what it is. `default`: no rule matched; `rule`: the rule named the action; `auto-*`: a rule or the
 * default said `auto`, resolved by `auto.ts`. The numbers between are storage's (OPEN_REASON).
 */
export const REASON = {
  default: 0,
  rule: 1,
  'auto-large': 2,
  'auto-small': 3,
  'auto-registered': 4,
  'auto-cheap': 11,
} as const;
export type ReasonName = keyof typeof REASON;

/** Bits of `PolicyImage.may` and `mayBeneath`. */
export const MAY = { hide: 1, redact: 2, deny: 4, tree: 8 } as const;

/** `rule` is the rule's index + 1, or 0 where no rule matched. */
export function packDecision(action: number, reason: number, rule: number): number {
  return action | (reason << 4) | (rule << 8);
}

/** The ACTION code of a packed decision. */
export function decisionAction(decision: number): number {
  return decision & 0xf;
}

/** The REASON code of a packed decision. */
export function decisionReason(decision: number): number {
  return (decision >>> 4) & 0xf;
}

/** The index of the deciding rule + 1, or 0 where no rule matched. */
export function decisionRule(decision: number): number {
  return decision >>> 8;
}
