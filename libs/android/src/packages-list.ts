/**
 * `packages.list`, which Android's package manager writes (`/data/system/packages.list`): a line for each installed
 * package, fields separated by spaces, of which the first two matter here: the package's name and its app id
 * (AOSP: Settings.java, writePackageListLPr; packagelistparser).
 *
 *     com.example.camera 10057 0 /data/user/0/com.example.camera default:targetSdkVersion=34 3003 0 1 1
 *
 * The bytes are whatever a file held: nothing in them is believed. A line that makes no sense is left out and told of.
 */
import { USER_RANGE } from './uid.ts';

/** What is read at most. Beyond `bytes` the whole list is refused; beyond the others, a line or the rest of the lines. */
export const PACKAGES_LIST_LIMITS = {
  bytes: 16 * 1024 * 1024,
  packages: 65_536,
  /** A name of the package manager's has at most 223 (FrameworkParsingPackageUtils.java). */
  nameBytes: 255,
  /** Of the lines left out, how many are told of one by one. */
  skippedTold: 10,
} as const;

export interface SkippedLine {
  /** From 1. */
  line: number;
  because: string;
}

export interface PackagesList {
  /** App ids by package name, each at least one. A shared uid shows as two names with the same id. */
  appIds: ReadonlyMap<string, readonly number[]>;
  /** How many lines were left out, and the first of them. */
  skippedLines: number;
  skipped: readonly SkippedLine[];
}

/** @throws RangeError if there are more bytes than the limit. Never throws for what is in them. */
export function parsePackagesList(bytes: Uint8Array): PackagesList {
  if (bytes.length > PACKAGES_LIST_LIMITS.bytes) {
    throw new RangeError(
      `a package list of ${bytes.length} bytes: ${PACKAGES_LIST_LIMITS.bytes} are read at most`,
    );
  }
  const appIds = new Map<string, number[]>();
  const skipped: SkippedLine[] = [];
  let skippedLines = 0;
  for (let start = 0, line = 1; start < bytes.length; line++) {
    const feed = bytes.indexOf(LINE_FEED, start);
    const end = feed < 0 ? bytes.length : feed;
    const because = takeLine(bytes, start, end, appIds);
    if (because !== '') {
      skippedLines++;
      if (skipped.length < PACKAGES_LIST_LIMITS.skippedTold) skipped.push({ line, because });
    }
    start = end + 1;
  }
  return { appIds, skippedLines, skipped };
}

const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const SPACE = 0x20;

/** Puts the line `[start, end)` into the map: empty, or why not. An empty line is no package and no mistake. */
function takeLine(bytes: Uint8Array, start: number, end: number, appIds: Map<string, number[]>): string {
  if (end > start && bytes[end - 1] === CARRIAGE_RETURN) end--;
  if (start === end) return '';
  const nameEnd = fieldEnd(bytes, start, end);
  if (nameEnd === start) return 'the line begins with a space instead of a package name';
  if (nameEnd - start > PACKAGES_LIST_LIMITS.nameBytes) {
    return `a package name of more than ${PACKAGES_LIST_LIMITS.nameBytes} bytes`;
  }
  for (let at = start; at < nameEnd; at++) {
    if (!isNameByte(bytes[at] ?? 0)) return 'a package name has letters, digits, ".", "_" and "-" alone';
  }
  const appId = number(bytes, nameEnd + 1, fieldEnd(bytes, Math.min(end, nameEnd + 1), end));
  if (appId < 0) return 'the second field is no uid';
  if (appIds.size >= PACKAGES_LIST_LIMITS.packages) {
    return `more than ${PACKAGES_LIST_LIMITS.packages} packages; the rest is left out`;
  }
  const name = String.fromCharCode(...bytes.subarray(start, nameEnd));
  const known = appIds.get(name);
  if (known === undefined) appIds.set(name, [appId]);
  else if (!known.includes(appId)) return `${name} is there twice with different uids; the first one counts`;
  return '';
}

function fieldEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && bytes[at] !== SPACE) at++;
  return at;
}

/** Not quite what package names may be: what the names in policies are, which is all that is looked up. */
function isNameByte(byte: number): boolean {
  const isLetter = (byte | 0x20) >= 0x61 && (byte | 0x20) <= 0x7a;
  const isDigit = byte >= 0x30 && byte <= 0x39;
  return isLetter || isDigit || byte === 0x2e || byte === 0x5f || byte === 0x2d;
}

/** The app id that the digits `[start, end)` name, or -1. The list has uids of user 0; another user's place is the same. */
function number(bytes: Uint8Array, start: number, end: number): number {
  if (end <= start || end - start > 10) return -1;
  let value = 0;
  for (let at = start; at < end; at++) {
    const digit = (bytes[at] ?? 0) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    value = value * 10 + digit;
  }
  return value < 0xffff_ffff ? value % USER_RANGE : -1;
}
