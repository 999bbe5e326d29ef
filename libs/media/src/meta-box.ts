import { BOX, Box } from './box.ts';
import { ItemLocations } from './item-locations.ts';
import { containsPlaceWord } from './place-names.ts';
import { QuickTimeMetadata } from './quicktime-metadata.ts';
import type { Scan } from './scan.ts';

/** A box that may stand once among the children of `meta`. */
class Table {
  start = 0;
  end = 0;
  seen = false;

  clear(): void {
    this.start = this.end = 0;
    this.seen = false;
  }

  /** False where there was one already. */
  set(start: number, end: number): boolean {
    const first = !this.seen;
    this.start = start;
    this.end = end;
    this.seen = true;
    return first;
  }
}

/** A `meta` box: tables of HEIF items, lists of QuickTime keys, XML of cameras. */
export class MetaBox {
  readonly #scan: Scan;
  readonly #items: ItemLocations;
  readonly #lists: QuickTimeMetadata;
  readonly #box = new Box();
  readonly #iinf = new Table();
  readonly #iloc = new Table();
  readonly #iref = new Table();
  readonly #idat = new Table();
  readonly #keys = new Table();
  readonly #ilst = new Table();

  constructor(scan: Scan) {
    this.#scan = scan;
    this.#items = new ItemLocations(scan);
    this.#lists = new QuickTimeMetadata(scan);
  }

  /**
   * Reads the payload [start, end). Its tables need each other: all are found first, then read.
   * @param origin where the offsets of items are counted from; `limit` is the end of that file
   * @returns false where not all of it can be followed; the rest of the box is hidden then
   */
  read(start: number, end: number, origin: number, limit: number): boolean {
    const { file } = this.#scan;
    this.#clear();
    // ISO has version and flags before the boxes; QuickTime does not.
    let at = file.u32(start + 4) === BOX.hdlr ? start : start + 4;
    while (at + 8 <= end) {
      this.#box.read(file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      if (broken || !this.#scan.countBox() || !this.#child(type, payload, next)) {
        this.#scan.hide(at, end);
        return false;
      }
      at = next;
    }
    if (this.#ilst.seen) {
      if (this.#keys.seen) this.#lists.keys(this.#keys.start, this.#keys.end);
      this.#lists.list(this.#ilst.start, this.#ilst.end);
    }
    return this.#readItems(origin, limit) && file.ok;
  }

  /** Whether the last box had tables of items. */
  get hasItems(): boolean {
    return this.#iinf.seen || this.#iloc.seen;
  }

  #clear(): void {
    this.#iinf.clear();
    this.#iloc.clear();
    this.#iref.clear();
    this.#idat.clear();
    this.#keys.clear();
    this.#ilst.clear();
    this.#items.begin();
    this.#lists.begin();
  }

  /** False for a table that was there already: readers could take either. */
  #child(type: number, start: number, end: number): boolean {
    switch (type) {
      case BOX.iinf:
        return this.#iinf.set(start, end);
      case BOX.iloc:
        return this.#iloc.set(start, end);
      case BOX.iref:
        return this.#iref.set(start, end);
      case BOX.idat:
        return this.#idat.set(start, end);
      case BOX.keys:
        return this.#keys.set(start, end);
      case BOX.ilst:
        return this.#ilst.set(start, end);
      case BOX.xml:
        if (containsPlaceWord(this.#scan.file, start + 4, end)) this.#scan.hide(start + 4, end);
        return true;
      case BOX.bxml:
        this.#scan.hide(start + 4, end);
        return true;
      default:
        return true;
    }
  }

  #readItems(origin: number, limit: number): boolean {
    if (!this.#iinf.seen || !this.#iloc.seen) return true;
    const { start, end } = this.#iloc;
    const { start: idat, end: idatEnd } = this.#idat;
    return (
      this.#items.information(this.#iinf.start, this.#iinf.end) &&
      (!this.#iref.seen || this.#items.references(this.#iref.start, this.#iref.end)) &&
      this.#items.locations(start, end, idat, idatEnd, this.#iref.seen, origin, limit)
    );
  }
}
