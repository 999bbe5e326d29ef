import type { AskedAccess, AskedType, ExplainRequest, Explanation } from '../backend.ts';
import { ControlError } from '../backend.ts';
import { nameField, packageField, pathField, sizeField } from '../fields.ts';
import { sluice } from '../generated/messages.js';
import { LIMITS } from '../limits.ts';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';
import { wireEnum } from './wire-enum.ts';

const { Access, FileType } = sluice.v1;

const ACCESSES = wireEnum<AskedAccess, sluice.v1.Access>('accesses', {
  read: Access.ACCESS_READ,
  write: Access.ACCESS_WRITE,
  create: Access.ACCESS_CREATE,
  mmap: Access.ACCESS_MMAP,
});
const TYPES = wireEnum<AskedType, sluice.v1.FileType>('type', {
  file: FileType.FILE_TYPE_FILE,
  directory: FileType.FILE_TYPE_DIRECTORY,
  symlink: FileType.FILE_TYPE_SYMLINK,
  other: FileType.FILE_TYPE_OTHER,
});

export function explainRequestToMessage(request: ExplainRequest): sluice.v1.ExplainRequest.$Properties {
  return {
    volume: request.volume,
    path: request.path,
    accesses: request.access.map((access) => ACCESSES.toWire(access)),
    ...(request.size === undefined ? {} : { size: wire64('size', request.size) }),
    uid: wire32('uid', request.uid),
    ...(request.gid === undefined ? {} : { gid: wire32('gid', request.gid) }),
    ...(request.package === undefined ? {} : { package: request.package }),
    ...(request.type === undefined ? {} : { type: TYPES.toWire(request.type) }),
  };
}

/** @throws ControlError `invalid_argument` naming the field that is wrong. */
export function explainRequestFromMessage(message: sluice.v1.ExplainRequest.$Properties): ExplainRequest {
  const { size, gid, package: given, type } = message;
  return {
    volume: nameField('volume', message.volume),
    path: pathField('path', message.path),
    access: accessFromMessage(message),
    ...(size === null || size === undefined ? {} : { size: sizeField('size', size) }),
    uid: message.uid ?? 0,
    ...(gid === null || gid === undefined ? {} : { gid }),
    ...(given ? { package: packageField('package', given) } : {}),
    ...(type ? { type: known(() => TYPES.fromWire(type)) } : {}),
  };
}

function accessFromMessage({ access, accesses }: sluice.v1.ExplainRequest.$Properties): AskedAccess[] {
  const given = accesses && accesses.length > 0 ? accesses : access ? [access] : [];
  if (given.length > LIMITS.accesses) {
    throw new ControlError('invalid_argument', `accesses: ${given.length}; ${LIMITS.accesses} are allowed`);
  }
  return known(() => given.map((each) => ACCESSES.fromWire(each)));
}

function known<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw new ControlError('invalid_argument', (error as Error).message);
  }
}

export function explanationToMessage(explanation: Explanation): sluice.v1.ExplainResponse.$Properties {
  return {
    ...explanation,
    size: wire64('size', explanation.size),
    policyVersion: wire32('policy_version', explanation.policyVersion),
    entryTimeoutMs: wire64('entry_timeout_ms', explanation.entryTimeoutMs),
    attributeTimeoutMs: wire64('attribute_timeout_ms', explanation.attributeTimeoutMs),
    readAhead: wire64('read_ahead', explanation.readAhead),
    callerClass: wire32('caller_class', explanation.callerClass),
    uid: wire32('uid', explanation.uid),
    gid: wire32('gid', explanation.gid),
    lost: explanation.lost.map((rule) => ({ ...rule, line: wire32('line', rule.line) })),
  };
}

export function explanationFromMessage(message: sluice.v1.ExplainResponse.$Properties): Explanation {
  return {
    volume: message.volume ?? '',
    path: message.path ?? '',
    action: message.action ?? '',
    reason: message.reason ?? '',
    rule: message.rule ?? '',
    why: message.why ?? '',
    size: numberFromWire('size', message.size),
    type: message.type ?? '',
    errno: message.errno ?? '',
    entryTimeoutMs: numberFromWire('entry_timeout_ms', message.entryTimeoutMs),
    attributeTimeoutMs: numberFromWire('attribute_timeout_ms', message.attributeTimeoutMs),
    readAhead: numberFromWire('read_ahead', message.readAhead),
    keepCache: message.keepCache ?? false,
    outcome: message.outcome ?? '',
    outcomeReason: message.outcomeReason ?? '',
    policyVersion: message.policyVersion ?? 0,
    uid: message.uid ?? 0,
    gid: message.gid ?? 0,
    callerClass: message.callerClass ?? 0,
    arithmetic: message.arithmetic ?? [],
    steps: (message.steps ?? []).map(({ component, canonical, state }) => ({
      component: component ?? '',
      canonical: canonical ?? '',
      ...(state === null || state === undefined ? {} : { state }),
    })),
    lost: (message.lost ?? []).map(({ rule, line, because }) => ({
      rule: rule ?? '',
      line: line ?? 0,
      because: because ?? '',
    })),
  };
}
