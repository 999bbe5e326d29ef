/** The decision about a file as the value of an extended attribute: `getfattr -n user.sluice.decision FILE`. */
import { ACCESS, ACTION, REASON, decisionAction, decisionReason, decisionRule } from '@sluice/policy';
import { nameOf } from '@sluice/storage';
import type { PathVolume } from './volume.ts';

export const DECISION_ATTRIBUTE = 'user.sluice.decision';

/** `fd`: what the path names, open. */
export function decisionText({ lower, policy }: PathVolume, path: Uint8Array, fd: number): string {
  const at = lower.statOf(fd);
  if (at < 0) return '';
  const decision = policy.decide(path, lower.typeAt(at), ACCESS.read, lower.sizeAt(at));
  const rule = decisionRule(decision);
  return [
    `action=${nameOf(ACTION, decisionAction(decision))}`,
    `reason=${nameOf(REASON, decisionReason(decision))}`,
    `rule=${rule === 0 ? 'default' : policy.image.ruleId(rule - 1)}`,
    'engine=fuse-native',
    `policy-epoch=${policy.epoch}`,
  ].join('; ');
}
