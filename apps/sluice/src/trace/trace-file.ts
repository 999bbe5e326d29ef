/**
 * Trace files: JSON, a line each. The first is `{"sluiceTrace": 1, ...}`, the last, where the recording came to its end,
 * `{"summary": ...}`; between them one line per event.
 */
import type { TraceEvent, TraceHeader, TraceSummary } from '@sluice/control';
import { CommandFailure } from '../exit-codes.ts';

/** Of a file that is read. */
const MOST_BYTES = 1024 * 1024 * 1024;
const LONGEST_LINE = 64 * 1024;

/** The header as it stands in a file. */
export interface TraceFileHeader extends Omit<TraceHeader, 'format'> {
  sluiceTrace: 1;
  /** Components that were left as they are, where names are hashed. */
  clearNames: string[];
}

export interface TraceFile {
  header: TraceFileHeader;
  events: TraceEvent[];
  summary: TraceSummary | undefined;
}

export function headerLine({ format, ...header }: TraceHeader, clearNames: readonly string[]): string {
  return `${JSON.stringify({ sluiceTrace: format, ...header, clearNames })}\n`;
}

export function eventLine(event: TraceEvent): string {
  return `${JSON.stringify(event)}\n`;
}

export function summaryLine(summary: object): string {
  return `${JSON.stringify({ summary })}\n`;
}

/** @throws CommandFailure naming file and line of what is no trace. */
export function parseTrace(bytes: Uint8Array, file: string): TraceFile {
  if (bytes.length > MOST_BYTES) throw new CommandFailure(`${file}: longer than ${MOST_BYTES} bytes`);
  let header: TraceFileHeader | undefined;
  let summary: TraceSummary | undefined;
  const events: TraceEvent[] = [];
  const decoder = new TextDecoder('utf-8');
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const feed = bytes.indexOf(0x0a, start);
    const end = feed < 0 ? bytes.length : feed;
    if (end - start > LONGEST_LINE)
      throw new CommandFailure(`${file}:${line}: a line of more than ${LONGEST_LINE} bytes`);
    const text = decoder.decode(bytes.subarray(start, end));
    start = end + 1;
    // A recording that was cut off ends in the middle of a line.
    if (feed < 0 && line > 1) break;
    const value = objectIn(text);
    if (line === 1) header = headerIn(value, file);
    else if (isSummary(value)) summary = value['summary'] as TraceSummary;
    else events.push(eventIn(value, `${file}:${line}`));
  }
  if (header === undefined)
    throw new CommandFailure(`${file}: an empty file is no trace; see sluice trace record`);
  return { header, events, summary };
}

type Value = Record<string, unknown>;

function objectIn(text: string): Value {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === 'object' && value !== null ? (value as Value) : {};
  } catch {
    return {};
  }
}

function headerIn(value: Value, file: string): TraceFileHeader {
  const version = value['sluiceTrace'];
  if (version === undefined) {
    throw new CommandFailure(
      `${file}:1: no trace: the first line has no "sluiceTrace"; see sluice trace record`,
    );
  }
  if (version !== 1)
    throw new CommandFailure(`${file}:1: a trace of format ${JSON.stringify(version)}; 1 is known here`);
  const text = (name: string): string => (typeof value[name] === 'string' ? (value[name] as string) : '');
  const number = (name: string): number => (isCount(value[name]) ? (value[name] as number) : 0);
  const names = Array.isArray(value['clearNames']) ? (value['clearNames'] as unknown[]) : [];
  return {
    sluiceTrace: 1,
    volume: text('volume'),
    policyVersion: number('policyVersion'),
    policyName: text('policyName'),
    policyDigest: text('policyDigest'),
    foldNames: value['foldNames'] === true,
    hashed: value['hashed'] === true,
    keepExtensions: value['keepExtensions'] === true,
    startedAtMs: number('startedAtMs'),
    clearNames: names.filter((name) => typeof name === 'string'),
  };
}

function isSummary(value: Value): boolean {
  return typeof value['summary'] === 'object' && value['summary'] !== null;
}

const FIELDS: Readonly<Record<string, Readonly<Record<string, (value: unknown) => boolean>>>> = {
  lookup: { path: isText, uid: isCount, gid: isCount, errno: isCount },
  open: {
    path: isText,
    uid: isCount,
    gid: isCount,
    handle: isText,
    asked: isCount,
    size: isCount,
    action: isText,
    rule: isText,
    mode: isText,
    reason: isText,
  },
  close: { handle: isText, bytesRead: isCount, bytesWritten: isCount },
};

function eventIn(value: Value, place: string): TraceEvent {
  const kind = value['kind'];
  const fields = typeof kind === 'string' && Object.hasOwn(FIELDS, kind) ? FIELDS[kind] : undefined;
  if (fields === undefined)
    throw new CommandFailure(`${place}: no event: "kind" is one of lookup, open, close`);
  for (const [name, fits] of Object.entries({ ...fields, atMs: isTime })) {
    if (!fits(value[name]))
      throw new CommandFailure(`${place}: "${name}" of this ${String(kind)} is missing or makes no sense`);
  }
  return value as unknown as TraceEvent;
}

function isText(value: unknown): boolean {
  return typeof value === 'string';
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isTime(value: unknown): boolean {
  return typeof value === 'number' && value >= 0;
}
