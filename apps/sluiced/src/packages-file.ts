/**
 * Android's package list as a file that changes: read, watched, read again. The package manager replaces it by a rename, so it
 * is the directory that is watched; where that is not possible, and for changes that no event tells of, it is looked at
 * every few seconds.
 */
import { readFileSync, statSync, watch } from 'node:fs';
import type { FSWatcher } from 'node:fs';
import { basename, dirname } from 'node:path';
import { PACKAGES_LIST_LIMITS, parsePackagesList } from '@sluice/android';
import type { Log } from './log.ts';
import { textOf } from './error-text.ts';

export type PackageTable = ReadonlyMap<string, readonly number[]>;

export const DEFAULT_PACKAGES_FILE = '/data/system/packages.list';

/** A change is several events: the first is waited out. */
const SETTLE_MS = 100;
const POLL_MS = 5000;

export class PackagesFile {
  /** Undefined while there is no list that could be read. */
  table: PackageTable | undefined;
  readonly #file: string;
  readonly #log: Log;
  readonly #onChange: () => void;
  #seen = '';
  #watcher: FSWatcher | undefined;
  #settling: NodeJS.Timeout | undefined;
  #poll: NodeJS.Timeout | undefined;

  /** `onChange`: the table is another one now. */
  constructor(file: string, log: Log, onChange: () => void) {
    this.#file = file;
    this.#log = log;
    this.#onChange = onChange;
    this.#read();
  }

  watch(): void {
    try {
      const name = basename(this.#file);
      this.#watcher = watch(dirname(this.#file), (_event, changed) => {
        if (changed === null || changed === name) this.#settle();
      });
      this.#watcher.on('error', () => this.#watcher?.close());
    } catch (error) {
      this.#log.warn(`packages: ${dirname(this.#file)} cannot be watched (${textOf(error)}): polled instead`);
    }
    this.#poll = setInterval(() => this.#look(), POLL_MS).unref();
  }

  close(): void {
    this.#watcher?.close();
    clearTimeout(this.#settling);
    clearInterval(this.#poll);
  }

  #settle(): void {
    this.#settling ??= setTimeout(() => {
      this.#settling = undefined;
      this.#look();
    }, SETTLE_MS).unref();
  }

  #look(): void {
    if (this.#signature() === this.#seen) return;
    const before = this.table;
    this.#read();
    if (!isSame(before, this.table)) this.#onChange();
  }

  /** A list that is gone or unreadable leaves the last one in force. */
  #read(): void {
    this.#seen = this.#signature();
    try {
      const size = statSync(this.#file).size;
      if (size > PACKAGES_LIST_LIMITS.bytes) {
        throw new RangeError(`${size} bytes: ${PACKAGES_LIST_LIMITS.bytes} are read at most`);
      }
      const { appIds, skippedLines, skipped } = parsePackagesList(readFileSync(this.#file));
      this.table = appIds;
      this.#log.info(`packages: ${appIds.size} in ${this.#file}`);
      for (const { line, because } of skipped) this.#log.warn(`packages: ${this.#file}:${line}: ${because}`);
      const untold = skippedLines - skipped.length;
      if (untold > 0) this.#log.warn(`packages: ${this.#file}: ${untold} more lines are left out`);
    } catch (error) {
      const kept = this.table === undefined ? 'rules about packages match nobody' : 'the last list stays';
      this.#log.warn(`packages: ${this.#file} cannot be read (${textOf(error)}): ${kept}`);
    }
  }

  /** What tells one state of the file from another. */
  #signature(): string {
    const found = statSync(this.#file, { throwIfNoEntry: false });
    return found === undefined ? 'none' : `${found.ino} ${found.size} ${found.mtimeMs} ${found.ctimeMs}`;
  }
}

function isSame(a: PackageTable | undefined, b: PackageTable | undefined): boolean {
  if (a === undefined || b === undefined) return a === b;
  if (a.size !== b.size) return false;
  for (const [name, ids] of a) if (b.get(name)?.join() !== ids.join()) return false;
  return true;
}
