import type { TraceEvent, TraceHeader, TracePart, TraceRequest, TraceSummary } from '../backend.ts';
import { boundedField, listField, nameField, sizeField } from '../fields.ts';
import { sluice } from '../generated/messages.js';
import { LIMITS } from '../limits.ts';
import { numberFromWire, wire32, wire64 } from '../numbers.ts';

type RequestMessage = sluice.v1.RecordTraceRequest.$Properties;
type PartMessage = sluice.v1.RecordTraceResponse.$Properties;
type EventMessage = sluice.v1.TraceEvent.$Properties;

const { Kind } = sluice.v1.TraceEvent;

export function traceRequestToMessage(request: TraceRequest): RequestMessage {
  return {
    volume: request.volume,
    maxEvents: wire32('max_events', request.maxEvents),
    maxBytes: wire64('max_bytes', request.maxBytes),
    seconds: wire32('seconds', request.seconds),
    hashNames: request.hashNames,
    keepExtensions: request.keepExtensions,
    clearNames: request.clearNames,
  };
}

/** @throws ControlError `invalid_argument` naming the field that is wrong. */
export function traceRequestFromMessage(message: RequestMessage): TraceRequest {
  const { events, bytes, seconds, clearNames, clearNameBytes } = LIMITS.trace;
  return {
    volume: nameField('volume', message.volume),
    maxEvents: boundedField('max_events', message.maxEvents ?? 0, events),
    maxBytes: boundedField('max_bytes', sizeField('max_bytes', message.maxBytes), bytes),
    seconds: boundedField('seconds', message.seconds ?? 0, seconds),
    hashNames: message.hashNames ?? false,
    keepExtensions: message.keepExtensions ?? false,
    clearNames: listField('clear_names', message.clearNames, clearNames, clearNameBytes),
  };
}

export function tracePartToMessage(part: TracePart): PartMessage {
  switch (part.kind) {
    case 'header':
      return {
        header: {
          ...part.header,
          policyVersion: wire32('policy_version', part.header.policyVersion),
          startedAtMs: wire64('started_at_ms', part.header.startedAtMs),
        },
      };
    case 'events':
      return { events: { events: part.events.map(eventToMessage) } };
    case 'summary': {
      const { events, dropped, endedBy } = part.summary;
      return { summary: { events: wire64('events', events), dropped: wire64('dropped', dropped), endedBy } };
    }
  }
}

export function tracePartFromMessage(message: PartMessage): TracePart {
  if (message.header) return { kind: 'header', header: headerFromMessage(message.header) };
  if (message.events) return { kind: 'events', events: (message.events.events ?? []).map(eventFromMessage) };
  if (message.summary) return { kind: 'summary', summary: summaryFromMessage(message.summary) };
  throw new RangeError('content is missing');
}

function headerFromMessage(message: sluice.v1.TraceHeader.$Properties): TraceHeader {
  if (message.format !== 1) throw new RangeError(`format: ${message.format ?? 0} is not known here`);
  return {
    format: 1,
    volume: message.volume ?? '',
    policyVersion: message.policyVersion ?? 0,
    policyName: message.policyName ?? '',
    policyDigest: message.policyDigest ?? '',
    foldNames: message.foldNames ?? false,
    hashed: message.hashed ?? false,
    keepExtensions: message.keepExtensions ?? false,
    startedAtMs: numberFromWire('started_at_ms', message.startedAtMs),
  };
}

function summaryFromMessage(message: sluice.v1.TraceSummary.$Properties): TraceSummary {
  return {
    events: numberFromWire('events', message.events),
    dropped: numberFromWire('dropped', message.dropped),
    endedBy: (message.endedBy ?? 'volume') as TraceSummary['endedBy'],
  };
}

function eventToMessage(event: TraceEvent): EventMessage {
  switch (event.kind) {
    case 'lookup':
      return { ...event, kind: Kind.KIND_LOOKUP };
    case 'open':
      return { ...event, kind: Kind.KIND_OPEN, size: wire64('size', event.size) };
    case 'close':
      return {
        ...event,
        kind: Kind.KIND_CLOSE,
        bytesRead: wire64('bytes_read', event.bytesRead),
        bytesWritten: wire64('bytes_written', event.bytesWritten),
      };
  }
}

function eventFromMessage(message: EventMessage): TraceEvent {
  const atMs = message.atMs ?? 0;
  const caller = { path: message.path ?? '', uid: message.uid ?? 0, gid: message.gid ?? 0 };
  const handle = message.handle ?? '';
  switch (message.kind) {
    case Kind.KIND_LOOKUP:
      return { kind: 'lookup', atMs, ...caller, errno: message.errno ?? 0 };
    case Kind.KIND_OPEN:
      return {
        kind: 'open',
        atMs,
        ...caller,
        handle,
        asked: message.asked ?? 0,
        size: numberFromWire('size', message.size),
        action: message.action ?? '',
        rule: message.rule ?? '',
        mode: message.mode ?? '',
        reason: message.reason ?? '',
      };
    case Kind.KIND_CLOSE:
      return {
        kind: 'close',
        atMs,
        handle,
        bytesRead: numberFromWire('bytes_read', message.bytesRead),
        bytesWritten: numberFromWire('bytes_written', message.bytesWritten),
      };
    default:
      throw new RangeError(`kind: ${message.kind ?? 0} is not known here`);
  }
}
