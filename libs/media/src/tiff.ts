import type { IptcReader } from './iptc.ts';
import { LIMITS } from './limits.ts';
import { EMBEDDED, type Scan } from './scan.ts';
import type { XmpScanner } from './xmp.ts';

/** What an IFD is, which says what its tags mean. */
export const IFD = { main: 0, gps: 1, multiPicture: 2 } as const;

const TAG = {
  panasonicJpeg: 0x002e,
  subIfds: 0x014a,
  jpegOffset: 0x0201,
  jpegLength: 0x0202,
  xmp: 0x02bc,
  iptc: 0x83bb,
  imageResources: 0x8649,
  exifIfd: 0x8769,
  gpsIfd: 0x8825,
  pictures: 0xb002,
} as const;

const SLOTS = LIMITS.ifds * 4;
const GPS_VERSION = 0;
const LONG = 4;
const IFD_POINTER = 13;
/** Bytes of a value, by type (TIFF 6.0, and 13 of its supplement, 129 of Exif 3.0); 0 is no type. */
const TYPE_BYTES = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4];
const UTF8 = 129;

const BYTE_ORDER_LITTLE = 0x4949;
const BYTE_ORDER_BIG = 0x4d4d;
/** BigTIFF, with offsets of 64 bits: known, so that it is refused. */
const BIG = 43;
/** TIFF, Olympus raw (twice), Panasonic raw. */
const MAGIC = [42, 0x4f52, 0x5352, 0x55, BIG];

/**
 * Follows the IFDs of a TIFF structure and hides all values of its GPS IFDs but the version, the place in its XMP and
 * IPTC, and has embedded JPEG files read later. Each IFD is read once, so cycles end.
 *
 * Refused, for the caller to hide whole: an IFD, a GPS value or a metadata block that is not inside the structure, a
 * GPS value of an unknown type, BigTIFF, and what is beyond a limit. Only the link to the next IFD may lead nowhere:
 * editors that drop the thumbnail leave it so. A pointer of 0 points to nothing.
 */
export class TiffReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;
  readonly #iptc: IptcReader;
  readonly #ifds = new Float64Array(LIMITS.ifds);
  readonly #kinds = new Uint8Array(LIMITS.ifds);
  /** By a hash of offset and kind: the index of the IFD, counted from 1, or 0. */
  readonly #slots = new Uint16Array(SLOTS);
  #count = 0;
  #start = 0;
  #end = 0;
  #little = false;

  constructor(scan: Scan, xmp: XmpScanner, iptc: IptcReader) {
    this.#scan = scan;
    this.#xmp = xmp;
    this.#iptc = iptc;
  }

  /** Whether the structure at `start` says that it is TIFF. */
  recognises(start: number): boolean {
    const order = this.#scan.file.u16(start);
    if (order !== BYTE_ORDER_LITTLE && order !== BYTE_ORDER_BIG) return false;
    return MAGIC.includes(this.#scan.file.u16(start + 2, order === BYTE_ORDER_LITTLE));
  }

  /** The structure at [start, end), hidden whole where it is not understood. @param root what its first IFD is */
  block(start: number, end: number, root: number = IFD.main): void {
    if (!this.#read(start, end, root)) this.#scan.hide(start, end);
  }

  /** A file that is one TIFF structure: where it is not understood, only its header and magic stay. */
  wholeFile(size: number): void {
    if (!this.#read(0, size, IFD.main)) this.#scan.hide(8, size);
  }

  #read(start: number, end: number, root: number): boolean {
    const { file } = this.#scan;
    if (end - start < 8 || !this.recognises(start)) return false;
    this.#start = start;
    this.#end = end;
    this.#little = file.byte(start) === 0x49;
    if (file.u16(start + 2, this.#little) === BIG) return false;
    this.#count = 0;
    this.#slots.fill(0);
    if (!this.#add(file.u32(start + 4, this.#little), root)) return false;
    for (let i = 0; i < this.#count; i++) {
      if (!this.#ifd(this.#ifds[i] ?? 0, this.#kinds[i] ?? 0)) return false;
    }
    return file.ok;
  }

  /** Has the IFD at this offset read, unless it is already. */
  #add(offset: number, kind: number): boolean {
    if (offset + 2 > this.#end - this.#start) return false;
    // Open addressing: a hostile file can name the same thousand IFDs in a quarter of a million entries.
    let slot = (offset * 3 + kind) % SLOTS;
    for (; (this.#slots[slot] ?? 0) > 0; slot = (slot + 1) % SLOTS) {
      const i = (this.#slots[slot] ?? 0) - 1;
      if (this.#ifds[i] === offset && this.#kinds[i] === kind) return true;
    }
    if (this.#count === LIMITS.ifds) return false;
    this.#ifds[this.#count] = offset;
    this.#kinds[this.#count++] = kind;
    this.#slots[slot] = this.#count;
    return true;
  }

  #ifd(offset: number, kind: number): boolean {
    const { file } = this.#scan;
    const at = this.#start + offset;
    const tableEnd = at + 2 + file.u16(at, this.#little) * 12;
    if (tableEnd > this.#end) return false;
    let jpeg = 0;
    let jpegBytes = 0;
    for (let entry = at + 2; entry < tableEnd; entry += 12) {
      if (!this.#scan.countEntry()) return false;
      const tag = file.u16(entry, this.#little);
      if (kind === IFD.gps) {
        if (!this.#gpsValue(entry, tag)) return false;
      } else if (kind === IFD.multiPicture) {
        if (tag === TAG.pictures && !this.#pictures(entry)) return false;
      } else if (tag === TAG.jpegOffset) jpeg = file.u32(entry + 8, this.#little);
      else if (tag === TAG.jpegLength) jpegBytes = file.u32(entry + 8, this.#little);
      else if (!this.#mainValue(entry, tag)) return false;
    }
    if (jpeg > 0 && jpeg + jpegBytes <= this.#end - this.#start) {
      this.#scan.later(EMBEDDED.jpeg, this.#start + jpeg, this.#start + jpeg + jpegBytes);
    }
    if (kind === IFD.main && tableEnd + 4 <= this.#end) {
      const next = file.u32(tableEnd, this.#little);
      if (next > 0 && next + 2 <= this.#end - this.#start) return this.#add(next, IFD.main);
    }
    return file.ok;
  }

  /** Bytes of the value of an entry; -1 for an unknown type. */
  #valueBytes(entry: number): number {
    const type = this.#scan.file.u16(entry + 2, this.#little);
    const bytes = type === UTF8 ? 1 : (TYPE_BYTES[type] ?? 0);
    return bytes > 0 ? bytes * this.#scan.file.u32(entry + 4, this.#little) : -1;
  }

  /** Where the value of an entry is that has `bytes` of them; -1 where that is not inside the structure. */
  #valueAt(entry: number, bytes: number): number {
    if (bytes < 0) return -1;
    if (bytes <= 4) return entry + 8;
    const at = this.#start + this.#scan.file.u32(entry + 8, this.#little);
    return at + bytes <= this.#end ? at : -1;
  }

  #gpsValue(entry: number, tag: number): boolean {
    const bytes = this.#valueBytes(entry);
    const at = this.#valueAt(entry, bytes);
    if (at < 0) return false;
    if (tag !== GPS_VERSION || bytes > 4) this.#scan.hide(at, at + Math.max(bytes, 4));
    return true;
  }

  #mainValue(entry: number, tag: number): boolean {
    switch (tag) {
      case TAG.gpsIfd:
        return this.#pointers(entry, IFD.gps);
      case TAG.exifIfd:
      case TAG.subIfds:
        return this.#pointers(entry, IFD.main);
      case TAG.xmp:
      case TAG.iptc:
      case TAG.imageResources:
      case TAG.panasonicJpeg:
        break;
      default:
        return true;
    }
    const bytes = this.#valueBytes(entry);
    const at = this.#valueAt(entry, bytes);
    if (at < 0) return false;
    if (tag === TAG.xmp) this.#xmp.packet(at, at + bytes);
    else if (tag === TAG.iptc) this.#iptc.dataSets(at, at + bytes);
    else if (tag === TAG.imageResources) this.#iptc.resources(at, at + bytes);
    else this.#scan.later(EMBEDDED.jpeg, at, at + bytes);
    return true;
  }

  #pointers(entry: number, kind: number): boolean {
    const { file } = this.#scan;
    const type = file.u16(entry + 2, this.#little);
    const bytes = this.#valueBytes(entry);
    const at = this.#valueAt(entry, bytes);
    if ((type !== LONG && type !== IFD_POINTER) || at < 0) return false;
    for (let i = 0; i < bytes; i += 4) {
      const offset = file.u32(at + i, this.#little);
      if (!this.#scan.countEntry() || (offset > 0 && !this.#add(offset, kind))) return false;
    }
    return true;
  }

  /** The pictures of a multi-picture file (CIPA DC-007): size and offset at bytes 4 and 8 of each 16. */
  #pictures(entry: number): boolean {
    const { file } = this.#scan;
    const bytes = this.#valueBytes(entry);
    const at = this.#valueAt(entry, bytes);
    if (at < 0) return false;
    for (let i = at; i + 16 <= at + bytes; i += 16) {
      const offset = file.u32(i + 8, this.#little);
      if (!this.#scan.countEntry()) return false;
      // The first picture is the file itself, at offset 0. The others lie behind this structure.
      if (offset > 0) {
        const picture = this.#start + offset;
        this.#scan.later(EMBEDDED.jpeg, picture, picture + file.u32(i + 4, this.#little));
      }
    }
    return true;
  }
}
