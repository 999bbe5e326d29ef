import { BOX, Box, UUID_BYTES } from './box.ts';
import { LIMITS } from './limits.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { MetaBox } from './meta-box.ts';
import { EMBEDDED, type Scan } from './scan.ts';
import { ascii, fourCC } from './text.ts';
import { IFD, type TiffReader } from './tiff.ts';
import { TimedMetadata } from './timed-metadata.ts';
import type { XmpScanner } from './xmp.ts';

/** Boxes that hold boxes in which a place may be. */
const CONTAINERS = new Set(
  ['moov', 'trak', 'mdia', 'minf', 'moof', 'traf', 'udta', 'mpvd', 'clip', 'edts'].map(fourCC),
);

/**
 * Boxes whose payload tells a place: QuickTime's and Android's ISO 6709 text, 3GPP's location (TS 26.244, 8.8), and
 * boxes of cameras that are known to have a position among other values, and a movie header that is compressed.
 */
const PLACE_BOXES = new Set(
  [
    '\xa9xyz',
    '@xyz',
    'loci',
    'gps ',
    'GPS ',
    'gps0',
    'gpsa',
    'GPMF',
    'gpmd',
    'NCDT',
    'MVTG',
    'CNTH',
    'cmov',
  ].map(fourCC),
);

/** Boxes without metadata; where one is cut off by the end of the file, nothing is hidden. */
const MEDIA_BOXES = new Set<number>([BOX.mdat, BOX.free, BOX.skip, BOX.wide]);

const FIRST_BOXES = new Set<number>([
  BOX.ftyp,
  BOX.moov,
  BOX.mdat,
  BOX.free,
  BOX.skip,
  BOX.wide,
  BOX.pnot,
  BOX.uuid,
]);

/** Brands of pictures: HEIF, AVIF, Canon CR3. */
const PICTURE_BRANDS = new Set(
  [
    'mif1',
    'mif2',
    'msf1',
    'heic',
    'heix',
    'heim',
    'heis',
    'hevc',
    'hevx',
    'avif',
    'avis',
    'miaf',
    'crx ',
  ].map(fourCC),
);

const UUID = {
  xmp: ascii('\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac'),
  canon: ascii('\x85\xc0\xb6\x87\x82\x0f\x11\xe0\x81\x11\xf4\xce\x46\x2b\x6a\x48'),
  exif: ascii('JpgTiffExif->JP2'),
} as const;

/**
 * Walks the boxes of an ISO base media file: pictures and movies alike, for either may hold what belongs to the other.
 *
 * A box that goes beyond what it is in, or is smaller than its header, is hidden with all after it in the same box;
 * outside of all boxes that is the rest of the file, except after a box without metadata that is cut off. Where a
 * table of HEIF items cannot be followed, all but the first box is hidden: any of it can belong to an item.
 */
export class IsoMediaReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;
  readonly #tiff: TiffReader;
  readonly #metaBox: MetaBox;
  readonly #timed: TimedMetadata;
  readonly #box = new Box();
  #origin = 0;
  #limit = 0;
  #picture = false;
  #firstEnd = 0;

  constructor(scan: Scan, xmp: XmpScanner, tiff: TiffReader) {
    this.#scan = scan;
    this.#xmp = xmp;
    this.#tiff = tiff;
    this.#metaBox = new MetaBox(scan);
    this.#timed = new TimedMetadata(scan);
  }

  /** What the file at `start` is, by its first box: `heif`, `movie`, `jxl` or `none`. */
  recognises(start: number, end: number): number {
    const { file } = this.#scan;
    if (end - start < 8) return MEDIA_FORMAT.none;
    this.#box.read(file, start, end, true);
    const { type, payload, broken } = this.#box;
    if (type === BOX.jxl && !broken) return MEDIA_FORMAT.jxl;
    if (type === BOX.ftyp) {
      return PICTURE_BRANDS.has(file.u32(payload)) ? MEDIA_FORMAT.heif : MEDIA_FORMAT.movie;
    }
    // QuickTime files of old have no ftyp.
    return FIRST_BOXES.has(type) ? MEDIA_FORMAT.movie : MEDIA_FORMAT.none;
  }

  /** The file at [start, end), a picture by its brand or a movie. */
  read(start: number, end: number, format: number): void {
    this.#origin = start;
    this.#limit = end;
    this.#picture = format === MEDIA_FORMAT.heif;
    this.#box.read(this.#scan.file, start, end, true);
    this.#firstEnd = this.#box.type === BOX.ftyp && !this.#box.broken ? this.#box.end : start + 8;
    this.#boxes(start, end, 0);
    // A picture's tables can come after the items: all of it may be metadata that was not found.
    if (this.#picture && !this.#scan.file.ok) this.#hideAll();
  }

  /** Hides all but the first box, which says what the file is. */
  #hideAll(): void {
    this.#scan.hide(this.#firstEnd, this.#limit);
  }

  #boxes(start: number, end: number, depth: number): void {
    const { file } = this.#scan;
    let at = start;
    while (at + 8 <= end) {
      this.#box.read(file, at, end, depth === 0);
      const { type, payload, end: next, broken } = this.#box;
      if (!this.#scan.countBox()) {
        this.#scan.hide(at, end);
        return;
      }
      if (broken) {
        if (!MEDIA_BOXES.has(type) || next < end) this.#scan.hide(at, end);
        return;
      }
      this.#payload(type, payload, next, depth);
      if (!file.ok) {
        this.#scan.hide(at, end);
        return;
      }
      at = next;
    }
  }

  #payload(type: number, start: number, end: number, depth: number): void {
    if (CONTAINERS.has(type)) {
      if (depth === LIMITS.boxDepth) this.#scan.hide(start, end);
      else this.#boxes(start, end, depth + 1);
    } else if (PLACE_BOXES.has(type)) this.#scan.hide(start, end);
    else if (type === BOX.meta) this.#meta(start, end);
    else if (type === BOX.stbl) this.#timed.sampleTable(start, end, this.#origin);
    else if (type === BOX.uuid) this.#uuid(start, end, depth);
    else if (type === BOX.xmp) this.#xmp.packet(start, end);
    else if (type === BOX.xml) this.#xmp.packet(start, end);
    else if (type === BOX.exif) this.#scan.later(EMBEDDED.exifItem, start, end);
    // A compressed box of JPEG XL: what is inside is only known after the compression.
    else if (type === BOX.brob) this.#scan.hide(start + 4, end);
    else if (type === BOX.cmt1 || type === BOX.cmt2) this.#tiff.block(start, end);
    else if (type === BOX.cmt4) this.#tiff.block(start, end, IFD.gps);
  }

  #meta(start: number, end: number): void {
    if (this.#metaBox.read(start, end, this.#origin, this.#limit)) return;
    if (this.#picture || this.#metaBox.hasItems) this.#hideAll();
  }

  #uuid(start: number, end: number, depth: number): void {
    const { file } = this.#scan;
    if (end - start < UUID_BYTES) return;
    const data = start + UUID_BYTES;
    if (file.is(start, UUID.xmp)) this.#xmp.packet(data, end);
    else if (file.is(start, UUID.exif)) this.#scan.later(EMBEDDED.exif, data, end);
    else if (file.is(start, UUID.canon)) {
      if (depth === LIMITS.boxDepth) this.#scan.hide(data, end);
      else this.#boxes(data, end, depth + 1);
    }
  }
}
