import { ControlError, type StorageOptions } from './backend.ts';
import type { sluice } from './generated/messages.js';
import { LIMITS } from './limits.ts';
import { storageFromMessage } from './messages/storage-options.ts';
import { numberFromWire, type Wire64 } from './numbers.ts';

/**
 * Checks of request fields. Each gives the field's value, or throws a ControlError `invalid_argument` that names the
 * field, what is wrong with it and the limit.
 */

type Maybe<T> = T | null | undefined;

function refuse(field: string, problem: string): never {
  throw new ControlError('invalid_argument', `${field}: ${problem}`);
}

function text(field: string, value: Maybe<string>, limit: number): string {
  const given = value ?? '';
  const bytes = Buffer.byteLength(given);
  if (bytes > limit) {
    refuse(field, `${bytes.toLocaleString('en')} bytes, at most ${limit.toLocaleString('en')} are allowed`);
  }
  return given;
}

function textWithoutNul(field: string, value: Maybe<string>, limit: number): string {
  const given = text(field, value, limit);
  if (given.includes('\0')) refuse(field, 'a NUL character is not allowed');
  return given;
}

/** The name of a volume that should exist; may be empty. */
export function nameField(field: string, value: Maybe<string>): string {
  return textWithoutNul(field, value, LIMITS.nameBytes);
}

/** The name for a new volume; may be empty. */
export function newNameField(field: string, value: Maybe<string>): string {
  const name = nameField(field, value);
  if (name !== '' && !/^[a-z0-9][a-z0-9-]{0,31}$/.test(name)) {
    refuse(
      field,
      `${JSON.stringify(name)} will not do; use 1 to 32 of a-z, 0-9 and -, the first not a hyphen`,
    );
  }
  return name;
}

export function pathField(field: string, value: Maybe<string>): string {
  const path = textWithoutNul(field, value, LIMITS.pathBytes);
  if (path === '') refuse(field, 'a path is needed');
  return path;
}

export function absolutePathField(field: string, value: Maybe<string>): string {
  const path = pathField(field, value);
  if (!path.startsWith('/')) refuse(field, `${JSON.stringify(path)} is not absolute; begin it with /`);
  return path;
}

/** What diagnostics call a policy's text; may be empty. */
export function fileNameField(field: string, value: Maybe<string>): string {
  return textWithoutNul(field, value, LIMITS.pathBytes);
}

export function policyField(field: string, value: Maybe<string>): string {
  return text(field, value, LIMITS.policyBytes);
}

/** Why a policy is applied; may be empty. */
export function whyField(field: string, value: Maybe<string>): string {
  return textWithoutNul(field, value, LIMITS.whyBytes);
}

/** The name of an Android package. */
export function packageField(field: string, value: Maybe<string>): string {
  return textWithoutNul(field, value, LIMITS.packageBytes);
}

/** A list of texts. */
export function listField(
  field: string,
  value: Maybe<readonly string[]>,
  most: number,
  bytesEach: number,
): string[] {
  const given = value ?? [];
  if (given.length > most) {
    refuse(
      field,
      `${given.length.toLocaleString('en')} are too many; ${most.toLocaleString('en')} are allowed`,
    );
  }
  return given.map((each, index) => textWithoutNul(`${field}[${index}]`, each, bytesEach));
}

/** A number within bounds, or 0 for what is taken when it is absent. */
export function boundedField(
  field: string,
  value: number,
  { least, most, absent }: { least: number; most: number; absent: number },
): number {
  if (value === 0) return absent;
  if (value < least || value > most) {
    refuse(field, `${value}; ${least} to ${most.toLocaleString('en')} are allowed, or 0 for the default`);
  }
  return value;
}

export function workersField(field: string, value: Maybe<number>): number {
  const workers = value ?? 0;
  if (workers > LIMITS.workers) {
    refuse(field, `${workers} are too many; 1 to ${LIMITS.workers}, or 0 for the default`);
  }
  return workers;
}

export function storageField(
  field: string,
  value: Maybe<sluice.v1.StorageOptions.$Properties>,
): StorageOptions {
  const storage = storageFromMessage(value);
  const { cachedDescriptors } = storage;
  const { fewest, most } = LIMITS.cachedDescriptors;
  if (cachedDescriptors !== 0 && (cachedDescriptors < fewest || cachedDescriptors > most)) {
    const range = `${fewest} to ${most.toLocaleString('en')}`;
    refuse(`${field}.cached_descriptors`, `${cachedDescriptors}; ${range} are allowed, or 0 for the default`);
  }
  return storage;
}

export function timeoutField(field: string, value: Maybe<number>, absent: number): number {
  const seconds = value ?? absent;
  if (!(seconds >= 0 && seconds <= LIMITS.timeoutSeconds)) {
    refuse(field, `${seconds} seconds; 0 to ${LIMITS.timeoutSeconds.toLocaleString('en')} are allowed`);
  }
  return seconds;
}

export function sizeField(field: string, value: Wire64): number {
  try {
    return numberFromWire(field, value);
  } catch (error) {
    throw new ControlError('invalid_argument', (error as Error).message);
  }
}
