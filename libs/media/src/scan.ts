import type { ByteSource } from './byte-source.ts';
import { FileWindow } from './file-window.ts';
import { LIMITS } from './limits.ts';
import { RangeList } from './range-list.ts';

/** What lies inside a file and is read after what it was found in. */
export const EMBEDDED = { jpeg: 1, exif: 2, exifItem: 3, xmp: 4, iso: 5 } as const;

/** One search: the file, what is hidden, what is still to be read, and what may still be spent. */
export class Scan {
  readonly file = new FileWindow();
  #ranges = new RangeList(1);
  #boxes = 0;
  #entries = 0;
  #hidden = 0;
  readonly #kinds = new Uint8Array(LIMITS.embedded);
  readonly #starts = new Float64Array(LIMITS.embedded);
  readonly #ends = new Float64Array(LIMITS.embedded);
  embedded = 0;
  xmpBytes = 0;
  gpsChunks = 0;

  begin(source: ByteSource, ranges: RangeList): void {
    this.file.open(source);
    this.#ranges = ranges;
    this.#boxes = 0;
    this.#entries = 0;
    this.#hidden = 0;
    this.embedded = 0;
    this.xmpBytes = 0;
    this.gpsChunks = 0;
  }

  /** Hides [start, end), as far as it is in the file. Where too much was hidden piece by piece, reading must end. */
  hide(start: number, end: number): void {
    if (++this.#hidden > LIMITS.hidden) this.file.ok = false;
    this.#ranges.add(start, Math.min(end, this.file.size));
  }

  /** Counts a box, segment or chunk; false where reading must end. */
  countBox(): boolean {
    if (++this.#boxes > LIMITS.boxes) this.file.ok = false;
    return this.file.ok;
  }

  /** Counts an entry of a table; false where reading must end. */
  countEntry(): boolean {
    if (++this.#entries > LIMITS.entries) this.file.ok = false;
    return this.file.ok;
  }

  /** Reads [start, end) later as `kind`; hides it where too much was asked for. */
  later(kind: number, start: number, end: number): void {
    if (end > this.file.size) end = this.file.size;
    if (!(start < end)) return;
    for (let i = 0; i < this.embedded; i++) {
      if (this.#kinds[i] === kind && this.#starts[i] === start && this.#ends[i] === end) return;
    }
    if (this.embedded === LIMITS.embedded) {
      this.hide(start, end);
      return;
    }
    this.#kinds[this.embedded] = kind;
    this.#starts[this.embedded] = start;
    this.#ends[this.embedded++] = end;
  }

  embeddedKind(i: number): number {
    return this.#kinds[i] ?? 0;
  }

  embeddedStart(i: number): number {
    return this.#starts[i] ?? 0;
  }

  embeddedEnd(i: number): number {
    return this.#ends[i] ?? 0;
  }
}
