import type { Scan } from './scan.ts';
import { EMBEDDED } from './scan.ts';
import { ascii } from './text.ts';
import type { XmpScanner } from './xmp.ts';

const RESOURCE = ascii('8BIM');
const RESOURCE_IPTC = 0x0404;
const RESOURCE_EXIF = 0x0422;
const RESOURCE_XMP = 0x0424;

const APPLICATION_RECORD = 2;

/** Data sets of IIM record 2 (IPTC-NAA IIM 4.2): content location, city, sublocation, province or state, country. */
function isPlaceDataSet(dataSet: number): boolean {
  return (
    dataSet === 26 ||
    dataSet === 27 ||
    dataSet === 90 ||
    dataSet === 92 ||
    dataSet === 95 ||
    dataSet === 100 ||
    dataSet === 101
  );
}

/** Hides the place in IPTC-IIM data sets, and in the Photoshop image resources that hold them. */
export class IptcReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;

  constructor(scan: Scan, xmp: XmpScanner) {
    this.#scan = scan;
    this.#xmp = xmp;
  }

  /** Data sets at [start, end), padded by zeros; hidden whole where they cannot be followed. */
  dataSets(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start;
    while (at + 5 <= end && file.byte(at) !== 0) {
      const length = file.u16(at + 3);
      // The high bit says that the length is written in more bytes: no such data set tells a place.
      if (file.byte(at) !== 0x1c || length > 0x7fff || at + 5 + length > end || !this.#scan.countEntry()) {
        this.#scan.hide(start, end);
        return;
      }
      if (file.byte(at + 1) === APPLICATION_RECORD && isPlaceDataSet(file.byte(at + 2))) {
        this.#scan.hide(at + 5, at + 5 + length);
      }
      at += 5 + length;
    }
    if (!file.ok) this.#scan.hide(start, end);
  }

  /** Image resources at [start, end); hidden from where they cannot be followed. */
  resources(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start;
    while (at + 12 <= end) {
      const id = file.u16(at + 4);
      const name = 1 + file.byte(at + 6);
      const sizeAt = at + 6 + name + (name & 1);
      const data = sizeAt + 4;
      const size = file.u32(sizeAt);
      if (!file.is(at, RESOURCE) || data + size > end || !this.#scan.countBox()) {
        this.#scan.hide(at, end);
        return;
      }
      if (id === RESOURCE_IPTC) this.dataSets(data, data + size);
      else if (id === RESOURCE_XMP) this.#xmp.packet(data, data + size);
      else if (id === RESOURCE_EXIF) this.#scan.later(EMBEDDED.exif, data, data + size);
      at = data + size + (size & 1);
    }
    if (!file.ok) this.#scan.hide(start, end);
  }
}
