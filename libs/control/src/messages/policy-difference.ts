import type { PolicyDifference, RuleDifference } from '../backend.ts';
import { sluice } from '../generated/messages.js';
import { wire32 } from '../numbers.ts';
import { wireEnum } from './wire-enum.ts';

type DifferenceMessage = sluice.v1.DiffPoliciesResponse.$Properties;
type RuleMessage = sluice.v1.RuleDifference.$Properties;

const { Kind } = sluice.v1.RuleDifference;
const KINDS = wireEnum<RuleDifference['kind'], sluice.v1.RuleDifference.Kind>('kind', {
  added: Kind.KIND_ADDED,
  removed: Kind.KIND_REMOVED,
  changed: Kind.KIND_CHANGED,
  moved: Kind.KIND_MOVED,
});

export function differenceToMessage(difference: PolicyDifference): DifferenceMessage {
  return {
    fromVersion: wire32('from_version', difference.fromVersion),
    toVersion: wire32('to_version', difference.toVersion),
    textDiff: difference.textDiff,
    textCut: difference.textCut,
    rules: difference.rules.map((rule) => ({
      kind: KINDS.toWire(rule.kind),
      id: rule.id,
      fromPosition: wire32('from_position', rule.fromPosition),
      toPosition: wire32('to_position', rule.toPosition),
    })),
  };
}

export function differenceFromMessage(message: DifferenceMessage): PolicyDifference {
  return {
    fromVersion: message.fromVersion ?? 0,
    toVersion: message.toVersion ?? 0,
    textDiff: message.textDiff ?? '',
    textCut: message.textCut ?? false,
    rules: (message.rules ?? []).map(ruleFromMessage),
  };
}

function ruleFromMessage(message: RuleMessage): RuleDifference {
  return {
    kind: KINDS.fromWire(message.kind),
    id: message.id ?? '',
    fromPosition: message.fromPosition ?? 0,
    toPosition: message.toPosition ?? 0,
  };
}
