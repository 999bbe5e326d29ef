import { ControlError, type ExplainRequest, type Explanation } from '../backend.ts';
import { nameField, pathField, sizeField } from '../fields.ts';
import { sluice } from '../generated/messages.js';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';

const Access = sluice.v1.Access;

export function explainRequestToMessage(request: ExplainRequest): sluice.v1.ExplainRequest.$Properties {
  return {
    volume: request.volume,
    path: request.path,
    access: request.access === 'write' ? Access.ACCESS_WRITE : Access.ACCESS_READ,
    ...(request.size === undefined ? {} : { size: wire64('size', request.size) }),
    uid: wire32('uid', request.uid),
  };
}

/** @throws ControlError `invalid_argument` naming the field that is wrong. */
export function explainRequestFromMessage(message: sluice.v1.ExplainRequest.$Properties): ExplainRequest {
  const { size } = message;
  return {
    volume: nameField('volume', message.volume),
    path: pathField('path', message.path),
    access: accessFromMessage(message.access),
    ...(size === null || size === undefined ? {} : { size: sizeField('size', size) }),
    uid: message.uid ?? 0,
  };
}

function accessFromMessage(access: sluice.v1.Access | null | undefined): 'read' | 'write' {
  if (access === Access.ACCESS_READ) return 'read';
  if (access === Access.ACCESS_WRITE) return 'write';
  throw new ControlError('invalid_argument', 'access: ACCESS_READ or ACCESS_WRITE is needed');
}

export function explanationToMessage(explanation: Explanation): sluice.v1.ExplainResponse.$Properties {
  return {
    volume: explanation.volume,
    path: explanation.path,
    action: explanation.action,
    reason: explanation.reason,
    rule: explanation.rule,
    size: wire64('size', explanation.size),
    outcome: explanation.outcome,
    outcomeReason: explanation.outcomeReason,
    policyVersion: wire32('policy_version', explanation.policyVersion),
  };
}

export function explanationFromMessage(message: sluice.v1.ExplainResponse.$Properties): Explanation {
  return {
    volume: message.volume ?? '',
    path: message.path ?? '',
    action: message.action ?? '',
    reason: message.reason ?? '',
    rule: message.rule ?? '',
    size: numberFromWire('size', message.size),
    outcome: message.outcome ?? '',
    outcomeReason: message.outcomeReason ?? '',
    policyVersion: message.policyVersion ?? 0,
  };
}
