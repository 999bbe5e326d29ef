import { BOX, Box } from './box.ts';
import { LIMITS } from './limits.ts';
import { EMBEDDED, type Scan } from './scan.ts';
import { ascii, fourCC } from './text.ts';

/** What is done with the data of an item. */
const ITEM = { exif: 1, xmp: 2, hidden: 3 } as const;

const TYPE = { Exif: fourCC('Exif'), mime: fourCC('mime') } as const;
const RDF_XML = ascii('application/rdf+xml\0');
const XML_TYPES = [ascii('text/xml\0'), ascii('application/xml\0')];
const IMAGE = ascii('image/');

/** Where the data of an item is (ISO/IEC 14496-12, 8.11.3.3). */
const IN_FILE = 0;
const IN_IDAT = 1;
const IN_ITEM = 2;

/**
 * The items of a `meta` box that hold metadata: Exif, XMP, and MIME types that are no picture, hidden whole like
 * protected and encoded ones. An item made of parts of other items has those hidden whole.
 *
 * Any part of the file can belong to an item. So where the tables of items cannot be followed, the answer is
 * `false`, and all of the file is to be hidden.
 */
export class ItemLocations {
  readonly #scan: Scan;
  readonly #box = new Box();
  readonly #ids = new Float64Array(LIMITS.metadataItems);
  readonly #kinds = new Uint8Array(LIMITS.metadataItems);
  #count = 0;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  begin(): void {
    this.#count = 0;
  }

  /** The payload of an `iinf` box. */
  information(start: number, end: number): boolean {
    const { file } = this.#scan;
    let at = start + (file.byte(start) === 0 ? 6 : 8);
    while (at + 8 <= end) {
      this.#box.read(file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      if (broken || !this.#scan.countEntry()) return false;
      if (type === BOX.infe && !this.#entry(payload, next)) return false;
      at = next;
    }
    return file.ok;
  }

  #entry(start: number, end: number): boolean {
    const { file } = this.#scan;
    const version = file.byte(start);
    // Versions 0 and 1 have no item type: the content type of a MIME item comes after the name.
    const typed = version === 2 || version === 3;
    const idBytes = version === 3 ? 4 : 2;
    const protection = start + 4 + idBytes;
    const name = protection + 2 + (typed ? 4 : 0);
    if (name > end) return false;
    const id = version === 3 ? file.u32(start + 4) : file.u16(start + 4);
    const type = typed ? file.u32(protection + 2) : TYPE.mime;
    if (type !== TYPE.Exif && type !== TYPE.mime) return true;
    let kind: number = type === TYPE.Exif ? ITEM.exif : this.#mimeKind(name, end);
    if (kind === 0) return true;
    if (file.u16(protection) !== 0) kind = ITEM.hidden;
    return this.#add(id, kind);
  }

  /** What to do with an item whose name, content type and content encoding stand at [start, end); 0 for a picture. */
  #mimeKind(start: number, end: number): number {
    const { file } = this.#scan;
    const content = this.#afterString(start, end);
    if (file.is(content, IMAGE)) return 0;
    const encoding = this.#afterString(content, end);
    if (encoding < end && file.byte(encoding) !== 0) return ITEM.hidden;
    if (file.is(content, RDF_XML)) return ITEM.xmp;
    for (const type of XML_TYPES) if (file.is(content, type)) return ITEM.xmp;
    return ITEM.hidden;
  }

  #afterString(start: number, end: number): number {
    let at = start;
    while (at < end && this.#scan.file.ok && this.#scan.file.byte(at) !== 0) at++;
    return Math.min(at + 1, end);
  }

  #add(id: number, kind: number): boolean {
    for (let i = 0; i < this.#count; i++) {
      if (this.#ids[i] === id) {
        if (this.#kinds[i] !== kind) this.#kinds[i] = ITEM.hidden;
        return true;
      }
    }
    if (this.#count === LIMITS.metadataItems) return false;
    this.#ids[this.#count] = id;
    this.#kinds[this.#count++] = kind;
    return true;
  }

  #kindOf(id: number): number {
    for (let i = 0; i < this.#count; i++) if (this.#ids[i] === id) return this.#kinds[i] ?? 0;
    return 0;
  }

  /** The payload of an `iref` box: where metadata is made of other items, those are metadata too. */
  references(start: number, end: number): boolean {
    const { file } = this.#scan;
    const idBytes = file.byte(start) === 0 ? 2 : 4;
    let at = start + 4;
    while (at + 8 <= end) {
      this.#box.read(file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      const count = file.u16(payload + idBytes);
      const first = payload + idBytes + 2;
      if (broken || first + count * idBytes > next || !this.#scan.countEntry()) return false;
      if (type === BOX.iloc && this.#kindOf(this.#id(payload, idBytes)) > 0) {
        for (let i = 0; i < count; i++) {
          if (!this.#scan.countEntry()) return false;
          if (!this.#add(this.#id(first + i * idBytes, idBytes), ITEM.hidden)) return false;
        }
      }
      at = next;
    }
    return file.ok;
  }

  #id(at: number, bytes: number): number {
    return bytes === 2 ? this.#scan.file.u16(at) : this.#scan.file.u32(at);
  }

  /**
   * The payload of an `iloc` box.
   * @param referenced whether an `iref` box told what the items are made of that are made of others
   * @param origin where file offsets are counted from; `limit` is the end of that file
   */
  locations(
    start: number,
    end: number,
    idat: number,
    idatEnd: number,
    referenced: boolean,
    origin: number,
    limit: number,
  ): boolean {
    if (this.#count === 0) return true;
    const { file } = this.#scan;
    const version = file.byte(start);
    if (version > 2 || start + 8 > end) return false;
    const offsetBytes = file.byte(start + 4) >> 4;
    const lengthBytes = file.byte(start + 4) & 15;
    const baseBytes = file.byte(start + 5) >> 4;
    const indexBytes = version > 0 ? file.byte(start + 5) & 15 : 0;
    if (!isWidth(offsetBytes) || !isWidth(lengthBytes) || !isWidth(baseBytes) || !isWidth(indexBytes))
      return false;
    const idBytes = version === 2 ? 4 : 2;
    const items = this.#id(start + 6, idBytes);
    const extentBytes = indexBytes + offsetBytes + lengthBytes;
    let at = start + 6 + idBytes;
    for (let item = 0; item < items; item++) {
      const baseAt = at + idBytes + (version > 0 ? 4 : 2);
      if (baseAt + baseBytes + 2 > end || !this.#scan.countEntry()) return false;
      const extents = file.u16(baseAt + baseBytes);
      const first = baseAt + baseBytes + 2;
      const next = first + extents * extentBytes;
      if (next > end) return false;
      const kind = this.#kindOf(this.#id(at, idBytes));
      if (kind > 0) {
        const method = version > 0 ? file.u16(at + idBytes) & 15 : IN_FILE;
        if (method > IN_ITEM || (method === IN_ITEM && !referenced)) return false;
        const from = method === IN_IDAT ? idat : origin;
        const to = method === IN_IDAT ? idatEnd : limit;
        const base = this.#number(baseAt, baseBytes);
        for (let i = 0; i < extents && method !== IN_ITEM; i++) {
          if (!this.#scan.countEntry()) return false;
          const extent = first + i * extentBytes + indexBytes;
          const offset = from + base + this.#number(extent, offsetBytes);
          const length = this.#number(extent + offsetBytes, lengthBytes);
          // No length means: to the end of what the offset is in.
          this.#extent(
            extents === 1 ? kind : ITEM.hidden,
            offset,
            length > 0 ? Math.min(offset + length, to) : to,
          );
        }
      }
      at = next;
    }
    return file.ok;
  }

  #extent(kind: number, start: number, end: number): void {
    if (kind === ITEM.exif) this.#scan.later(EMBEDDED.exifItem, start, end);
    else if (kind === ITEM.xmp) this.#scan.later(EMBEDDED.xmp, start, end);
    else this.#scan.hide(start, end);
  }

  #number(at: number, bytes: number): number {
    if (bytes === 0) return 0;
    return bytes === 4 ? this.#scan.file.u32(at) : this.#scan.file.u64(at);
  }
}

function isWidth(bytes: number): boolean {
  return bytes === 0 || bytes === 4 || bytes === 8;
}
