import { BOX, Box } from './box.ts';
import { LIMITS } from './limits.ts';
import { containsPlaceWord } from './place-names.ts';
import type { Scan } from './scan.ts';
import { fourCC } from './text.ts';

const FREE_FORM = fourCC('----');
const XYZ = fourCC('\xa9xyz');

/**
 * Metadata lists: `keys` names the properties (com.apple.quicktime.location.ISO6709 and others), `ilst` has their
 * values under the index of the name, or under types of its own. Hidden is the value of each that tells a place.
 */
export class QuickTimeMetadata {
  readonly #scan: Scan;
  readonly #placeKeys = new Uint8Array(LIMITS.metadataKeys + 1);
  #keyCount = 0;
  readonly #box = new Box();

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /** Begins a list that has no keys so far. */
  begin(): void {
    this.#keyCount = 0;
  }

  /** The payload of a `keys` box: version and flags, count, then size, namespace and name of each. */
  keys(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start + 8;
    // An entry that cannot be followed makes all values from its index on those of a place.
    while (at + 8 <= end && this.#keyCount < LIMITS.metadataKeys) {
      const size = file.u32(at);
      if (size < 8 || at + size > end || !this.#scan.countEntry()) break;
      this.#placeKeys[++this.#keyCount] = containsPlaceWord(file, at + 8, at + size) ? 1 : 0;
      at += size;
    }
  }

  /** The payload of an `ilst` box. */
  list(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start;
    while (at + 8 <= end) {
      this.#box.read(file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      if (broken || !this.#scan.countEntry()) {
        this.#scan.hide(at, end);
        return;
      }
      if (this.#tellsPlace(type, payload, next)) this.#value(payload, next);
      at = next;
    }
  }

  #tellsPlace(type: number, payload: number, end: number): boolean {
    if (type === XYZ) return true;
    if (type === FREE_FORM) return containsPlaceWord(this.#scan.file, payload, Math.min(end, payload + 512));
    // Types of letters have a first byte that no index up to the limit has.
    if (type >= 0x20000000) return false;
    return type > this.#keyCount || this.#placeKeys[type] === 1;
  }

  /** Hides the values of one item; the type and the language before each stay. */
  #value(start: number, end: number): void {
    let at = start;
    while (at + 8 <= end) {
      this.#box.read(this.#scan.file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      if (broken || !this.#scan.countEntry()) break;
      if (type === BOX.data) this.#scan.hide(payload + 8, next);
      at = next;
    }
    this.#scan.hide(at, end);
  }
}
