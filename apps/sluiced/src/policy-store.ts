/** Policies in force, one file per volume, kept over restarts: written to a temporary file, fsynced, renamed. */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeSync } from 'node:fs';
import { dirname, join } from 'node:path';

export interface StoredText {
  /** A preset's name, or the file's. */
  name: string;
  version: number;
  /** Unix time, milliseconds. */
  appliedAtMs: number;
  text: string;
}

export class PolicyStore {
  readonly #directory: string;

  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Undefined if none is stored. Throws if one is, and cannot be read. */
  load(volume: string): StoredText | undefined {
    let text: string;
    try {
      text = readFileSync(this.#file(volume), 'utf8');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const stored = JSON.parse(text) as Partial<StoredText>;
    if (
      typeof stored.name !== 'string' ||
      typeof stored.text !== 'string' ||
      !Number.isSafeInteger(stored.version) ||
      !Number.isSafeInteger(stored.appliedAtMs)
    ) {
      throw new Error(`${this.#file(volume)} is not a stored policy`);
    }
    return stored as StoredText;
  }

  save(volume: string, policy: StoredText): void {
    writeDurably(this.#file(volume), JSON.stringify(policy, null, 2) + '\n');
  }

  #file(volume: string): string {
    return join(this.#directory, `${volume}.json`);
  }
}

function writeDurably(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.new`;
  const fd = openSync(temporary, 'w', 0o600);
  try {
    writeSync(fd, text);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
  renameSync(temporary, file);
  const directory = openSync(dirname(file), 'r');
  try {
    fsyncSync(directory);
  } finally {
    closeSync(directory);
  }
}
