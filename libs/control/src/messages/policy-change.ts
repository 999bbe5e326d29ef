import type {
  AppliedPolicy,
  OpenFileUnderOlderPolicy,
  PolicyChange,
  PolicyChangeSample,
} from '../backend.ts';
import type { sluice } from '../generated/messages.js';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';
import { storedPolicyFromMessage, storedPolicyToMessage } from './policy.ts';

type ChangeMessage = sluice.v1.PolicyChange.$Properties;
type SampleMessage = sluice.v1.PolicyChangeSample.$Properties;
type OpenFileMessage = sluice.v1.OpenFileUnderOlderPolicy.$Properties;
/** Of ApplyPolicy and RollbackPolicy alike. */
type AppliedMessage = sluice.v1.ApplyPolicyResponse.$Properties;

export function appliedToMessage({ change, ...policy }: AppliedPolicy): AppliedMessage {
  return { policy: storedPolicyToMessage(policy), change: changeToMessage(change) };
}

/** @throws RangeError if a part is missing. */
export function appliedFromMessage({ policy, change }: AppliedMessage): AppliedPolicy {
  if (!policy) throw new RangeError('policy is missing');
  if (!change) throw new RangeError('change is missing');
  return { ...storedPolicyFromMessage(policy), change: changeFromMessage(change) };
}

function changeToMessage(change: PolicyChange): ChangeMessage {
  return {
    nodesExamined: wire64('nodes_examined', change.nodesExamined),
    nodesChanged: wire64('nodes_changed', change.nodesChanged),
    invalidatedEntries: wire64('invalidated_entries', change.invalidatedEntries),
    invalidatedAttributes: wire64('invalidated_attributes', change.invalidatedAttributes),
    openFilesExamined: wire64('open_files_examined', change.openFilesExamined),
    openFilesChanged: wire64('open_files_changed', change.openFilesChanged),
    samples: change.samples.map((sample) => ({ ...sample, uid: wire32('uid', sample.uid) })),
    openFilesUnderOlderPolicy: change.openFilesUnderOlderPolicy.map((file) => ({
      ...file,
      uid: wire32('uid', file.uid),
    })),
    callersCompared: wire32('callers_compared', change.callersCompared),
    callersCapped: change.callersCapped,
    incomplete: change.incomplete,
    treesBound: [...change.treesBound],
    treesUnbound: [...change.treesUnbound],
  };
}

function changeFromMessage(message: ChangeMessage): PolicyChange {
  return {
    nodesExamined: numberFromWire('nodes_examined', message.nodesExamined),
    nodesChanged: numberFromWire('nodes_changed', message.nodesChanged),
    invalidatedEntries: numberFromWire('invalidated_entries', message.invalidatedEntries),
    invalidatedAttributes: numberFromWire('invalidated_attributes', message.invalidatedAttributes),
    openFilesExamined: numberFromWire('open_files_examined', message.openFilesExamined),
    openFilesChanged: numberFromWire('open_files_changed', message.openFilesChanged),
    samples: (message.samples ?? []).map(sampleFromMessage),
    openFilesUnderOlderPolicy: (message.openFilesUnderOlderPolicy ?? []).map(openFileFromMessage),
    callersCompared: message.callersCompared ?? 0,
    callersCapped: message.callersCapped ?? false,
    incomplete: message.incomplete ?? false,
    treesBound: message.treesBound ?? [],
    treesUnbound: message.treesUnbound ?? [],
  };
}

function sampleFromMessage(message: SampleMessage): PolicyChangeSample {
  return {
    path: message.path ?? '',
    uid: message.uid ?? 0,
    asked: message.asked ?? '',
    fromAction: message.fromAction ?? '',
    fromRule: message.fromRule ?? '',
    toAction: message.toAction ?? '',
    toRule: message.toRule ?? '',
  };
}

function openFileFromMessage(message: OpenFileMessage): OpenFileUnderOlderPolicy {
  return {
    path: message.path ?? '',
    uid: message.uid ?? 0,
    mode: message.mode ?? '',
    toAction: message.toAction ?? '',
    toRule: message.toRule ?? '',
    note: message.note ?? '',
  };
}
