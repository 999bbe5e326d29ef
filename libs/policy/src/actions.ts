/** What a policy can say about an open, and how a decision is packed into one number. */

/** Actions of a decision. `auto` is not among them: a decision has resolved it. */
export const ACTION = { passthrough: 1, cached: 2, direct: 3 } as const;
export type ActionName = keyof typeof ACTION;

/** Actions of a policy text. */
export type PolicyAction = ActionName | 'auto';
export const POLICY_ACTIONS: readonly PolicyAction[] = ['passthrough', 'cached', 'direct', 'auto'];

/** Bits of an open's access; O_RDWR has both. */
export const ACCESS = { read: 1, write: 2 } as const;
export type AccessName = keyof typeof ACCESS;
/** The mask of a rule that asks nothing about access. */
export const ACCESS_ANY: number = ACCESS.read | ACCESS.write;

/**
 * Why a decision is what it is. `default`: no rule matched; `rule`: the rule named the action; `auto-*`: a rule or the
 * default said `auto`, resolved because the file is large or opened for writing, small, registered already, or small where
 * registering costs less than a read. The numbers between are storage's (OPEN_REASON).
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

/** Bytes from which `auto` passes a file through wherever a registration costs more than a read. */
export const AUTO_LARGE_BYTES: number = 128 * 1024;

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
