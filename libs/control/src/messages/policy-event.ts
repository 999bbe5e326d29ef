import type { PolicyEvent } from '../backend.ts';
import { sluice } from '../generated/messages.js';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';
import { callerFromMessage, callerToMessage } from './caller.ts';
import { wireEnum } from './wire-enum.ts';

type EventMessage = sluice.v1.WatchPolicyResponse.$Properties;

const { Kind } = sluice.v1.WatchPolicyResponse;
const KINDS = wireEnum<PolicyEvent['kind'], sluice.v1.WatchPolicyResponse.Kind>('kind', {
  applied: Kind.KIND_APPLIED,
  'rolled-back': Kind.KIND_ROLLED_BACK,
  refused: Kind.KIND_REFUSED,
  recompiled: Kind.KIND_RECOMPILED,
});

export function policyEventToMessage(event: PolicyEvent): EventMessage {
  return {
    kind: KINDS.toWire(event.kind),
    volume: event.volume,
    version: wire32('version', event.version),
    name: event.name,
    atMs: wire64('at_ms', event.atMs),
    by: callerToMessage(event.by),
    why: event.why,
    digest: event.digest,
    rollbackOf: wire32('rollback_of', event.rollbackOf),
    message: event.message,
  };
}

export function policyEventFromMessage(message: EventMessage): PolicyEvent {
  return {
    kind: KINDS.fromWire(message.kind),
    volume: message.volume ?? '',
    version: message.version ?? 0,
    name: message.name ?? '',
    atMs: numberFromWire('at_ms', message.atMs),
    by: callerFromMessage(message.by),
    why: message.why ?? '',
    digest: message.digest ?? '',
    rollbackOf: message.rollbackOf ?? 0,
    message: message.message ?? '',
  };
}
