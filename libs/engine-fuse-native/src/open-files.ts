/** Files that are open on the mount, by the handle that the kernel holds for each. */
import type { RedactedRanges } from './redacted-reads.ts';

export interface OpenFile {
  /** Lower descriptor. */
  fd: number;
  /** What is blanked in what is read of it; undefined: nothing. */
  redacted: RedactedRanges | undefined;
}

/** As many as the session's table has. */
export const MOST_OPEN = 1 << 18;

export class OpenFiles {
  readonly #files: (OpenFile | undefined)[] = [undefined];
  readonly #free: number[] = [];
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Its handle, 1 or more; 0: too many are open. */
  add(file: OpenFile): number {
    if (this.#count >= MOST_OPEN) return 0;
    const handle = this.#free.pop() ?? this.#files.length;
    this.#files[handle] = file;
    this.#count++;
    return handle;
  }

  find(handle: number): OpenFile | undefined {
    return this.#files[handle];
  }

  remove(handle: number): OpenFile | undefined {
    const file = this.#files[handle];
    if (file === undefined) return undefined;
    this.#files[handle] = undefined;
    this.#free.push(handle);
    this.#count--;
    return file;
  }
}
