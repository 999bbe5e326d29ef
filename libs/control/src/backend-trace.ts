/** Traces as the control API speaks of them: what programs really asked of a volume. */

export interface TraceRequest {
  volume: string;
  maxEvents: number;
  /** Of events as JSON text. */
  maxBytes: number;
  seconds: number;
  hashNames: boolean;
  keepExtensions: boolean;
  /** Components that are not hashed. */
  clearNames: string[];
}

export interface TraceHeader {
  format: 1;
  volume: string;
  policyVersion: number;
  policyName: string;
  /** SHA-256 of the policy's text, hexadecimal. */
  policyDigest: string;
  /** Names that differ in case alone are one name. */
  foldNames: boolean;
  hashed: boolean;
  keepExtensions: boolean;
  /** Unix time, milliseconds. */
  startedAtMs: number;
}

export type TraceEvent = TracedLookup | TracedOpen | TracedClose;

interface Traced {
  /** Unix time, milliseconds with fractions. */
  atMs: number;
}

export interface TracedLookup extends Traced {
  kind: 'lookup';
  path: string;
  uid: number;
  gid: number;
  /** 0: the name was found. */
  errno: number;
}

export interface TracedOpen extends Traced {
  kind: 'open';
  path: string;
  uid: number;
  gid: number;
  /** Tells opens of one trace apart. */
  handle: string;
  /** Bits: 1 read, 2 write, 4 create, 8 mmap. */
  asked: number;
  /** Bytes, at that time. */
  size: number;
  /** What policy said, and how it was opened. */
  action: string;
  rule: string;
  mode: string;
  reason: string;
}

export interface TracedClose extends Traced {
  kind: 'close';
  handle: string;
  /** What READ and WRITE requests of this open carried through the daemon while the trace was recorded. */
  bytesRead: number;
  bytesWritten: number;
}

export interface TraceSummary {
  events: number;
  /** Events that there was no room for. */
  dropped: number;
  endedBy: 'events' | 'bytes' | 'seconds' | 'volume';
}

export type TracePart =
  | { kind: 'header'; header: TraceHeader }
  | { kind: 'events'; events: TraceEvent[] }
  | { kind: 'summary'; summary: TraceSummary };
