/**
 * The policies of each volume, kept over restarts: a directory per volume, a file per version, and `current`, which names the
 * one in force. Everything is written to a temporary file, fsynced, renamed, and the directory fsynced: after a crash there
 * is the old or the new, whole. Nothing that is read is believed: a version carries a digest of its text.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync } from 'node:fs';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { writeDurably } from './write-durably.ts';
import { LIMITS } from '@sluice/control';
import type { Caller } from '@sluice/control';

export interface StoredVersion {
  version: number;
  /** A preset's name, or the file's. */
  name: string;
  /** Unix time, milliseconds. */
  appliedAtMs: number;
  appliedBy: Caller;
  why: string;
  /** SHA-256 of the text, hexadecimal. */
  digest: string;
  /** The version whose text this is again; 0 unless it came by a rollback. */
  rollbackOf: number;
  text: string;
}

/** A version that is there and cannot be used. */
export interface DamagedVersion {
  version: number;
  because: string;
}

const FORMAT = 1;
const VERSION_FILE = /^([1-9]\d{0,9})\.json$/;

export function digestOf(text: string | Uint8Array): string {
  return createHash('sha256').update(text).digest('hex');
}

/** The versions of one volume. */
export class PolicyStore {
  readonly #directory: string;

  /** Takes over what a daemon of before has left for the volume in `policies`. Throws if the directory cannot be made. */
  constructor(policies: string, volume: string) {
    this.#directory = join(policies, volume);
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    this.#takeOver(join(policies, `${volume}.json`));
  }

  /** Which version is in force; undefined: none, or what says so is damaged. */
  current(): number | undefined {
    const text = this.#read('current');
    return text !== undefined && /^[1-9]\d{0,9}\n?$/.test(text) ? Number(text) : undefined;
  }

  /** Numbers of the versions that are kept, the newest first; readable or not. */
  versions(): number[] {
    return readdirSync(this.#directory)
      .map((name) => Number(VERSION_FILE.exec(name)?.[1] ?? 0))
      .filter((version) => version > 0)
      .sort((a, b) => b - a);
  }

  /** Undefined if there is none of this number. */
  read(version: number): StoredVersion | DamagedVersion | undefined {
    const text = this.#read(`${version}.json`);
    return text === undefined ? undefined : parseVersion(version, text);
  }

  /** Stores a version, which is not in force before {@link commit}. Throws if it cannot. */
  prepare(stored: StoredVersion): void {
    const file = join(this.#directory, `${stored.version}.json`);
    writeDurably(file, `${JSON.stringify({ format: FORMAT, ...stored }, null, 2)}\n`);
  }

  /** Takes back what {@link prepare} stored. */
  discard(version: number): void {
    rmSync(join(this.#directory, `${version}.json`), { force: true });
  }

  /** From now on, and after a restart, this version is in force. The oldest beyond the limit go. Throws if it cannot. */
  commit(version: number): void {
    writeDurably(join(this.#directory, 'current'), `${version}\n`);
    const kept = this.versions().filter((each) => each !== version);
    for (const old of kept.slice(LIMITS.policyVersions - 1)) this.discard(old);
  }

  /** Versions above the one in force are of an apply that did not come to its end. */
  discardUncommitted(): void {
    const current = this.current();
    if (current === undefined) return;
    for (const version of this.versions()) if (version > current) this.discard(version);
  }

  #read(name: string): string | undefined {
    try {
      return readFileSync(join(this.#directory, name), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      // It is there, and cannot be read: what follows finds it damaged.
      return '';
    }
  }

  /** Daemons before 0.2 kept one file, `<volume>.json`, with the version in force and nothing else. */
  #takeOver(file: string): void {
    let text: string;
    try {
      text = readFileSync(file, 'utf8');
    } catch {
      return;
    }
    if (this.current() === undefined && this.versions().length === 0) {
      const old = objectIn(text);
      if (!isOldVersion(old)) return;
      const { name, version, appliedAtMs } = old;
      const unknown = { appliedBy: { uid: 0, pid: 0, program: '' }, why: '', rollbackOf: 0 };
      this.prepare({ version, name, appliedAtMs, ...unknown, digest: digestOf(old.text), text: old.text });
      this.commit(version);
    }
    rmSync(file, { force: true });
  }
}

function isOldVersion(
  old: Record<string, unknown>,
): old is { name: string; version: number; appliedAtMs: number; text: string } {
  const { name, version, appliedAtMs, text } = old;
  return typeof name === 'string' && typeof text === 'string' && isCount(version) && isCount(appliedAtMs);
}

function parseVersion(version: number, text: string): StoredVersion | DamagedVersion {
  const damaged = (because: string): DamagedVersion => ({ version, because });
  const read = objectIn(text);
  if (read['format'] !== FORMAT) return damaged('it is not a stored policy of this format');
  const { name, appliedAtMs, why, digest, rollbackOf, text: policy } = read;
  const by = (read['appliedBy'] ?? {}) as Partial<Caller>;
  if (
    read['version'] !== version ||
    typeof name !== 'string' ||
    typeof why !== 'string' ||
    typeof digest !== 'string' ||
    typeof policy !== 'string' ||
    typeof by.program !== 'string' ||
    ![appliedAtMs, rollbackOf, by.uid, by.pid].every(isCount)
  ) {
    return damaged('a field of it is missing or of the wrong kind');
  }
  if (digestOf(policy) !== digest) return damaged('its text is not what was stored (the digest differs)');
  const appliedBy = { uid: by.uid ?? 0, pid: by.pid ?? 0, program: by.program };
  const numbers = { appliedAtMs: appliedAtMs as number, rollbackOf: rollbackOf as number };
  return { version, name, appliedBy, why, digest, text: policy, ...numbers };
}

function isCount(value: unknown): boolean {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function objectIn(text: string): Record<string, unknown> {
  try {
    const read: unknown = JSON.parse(text);
    return typeof read === 'object' && read !== null ? (read as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
