import { containsPlaceWord } from './place-names.ts';
import type { Scan } from './scan.ts';
import { ascii, fourCC } from './text.ts';
import type { TiffReader } from './tiff.ts';
import type { XmpScanner } from './xmp.ts';

const SIGNATURE = ascii('\x89PNG\r\n\x1a\n');
const CHUNK = {
  eXIf: fourCC('eXIf'),
  zxIf: fourCC('zxIf'),
  tEXt: fourCC('tEXt'),
  zTXt: fourCC('zTXt'),
  iTXt: fourCC('iTXt'),
  IDAT: fourCC('IDAT'),
  IEND: fourCC('IEND'),
} as const;
const METADATA = new Set<number>([CHUNK.eXIf, CHUNK.tEXt, CHUNK.zTXt, CHUNK.iTXt]);

const XMP_KEYWORD = ascii('XML:com.adobe.xmp\0');
const RAW_PROFILE = ascii('Raw profile type ');
/** Bytes of a read between the chunks of image data, of which a large picture has thousands. */
const HEADERS_ONLY = 64;
/** Bytes of the longest keyword. */
const KEYWORD_BYTES = 79;

/**
 * Reads the chunks of a PNG: Exif, XMP, and texts whose keyword says that they hold a metadata profile or a place;
 * those are hidden after their keyword. Chunks after the image data count as well. From a broken chunk on all is
 * hidden to the end of the file. A chunk with hidden bytes fails its CRC: readers that check it drop that chunk.
 */
export class PngReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;
  readonly #tiff: TiffReader;

  constructor(scan: Scan, xmp: XmpScanner, tiff: TiffReader) {
    this.#scan = scan;
    this.#xmp = xmp;
    this.#tiff = tiff;
  }

  recognises(start: number): boolean {
    return this.#scan.file.is(start, SIGNATURE);
  }

  picture(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start + SIGNATURE.length;
    while (at + 8 <= end) {
      const data = at + 8;
      const next = data + file.u32(at) + 4;
      const type = file.u32(at + 4);
      if (next > end || !this.#scan.countBox()) {
        this.#scan.hide(at, end);
        return;
      }
      if (type === CHUNK.IDAT) file.hopBy(HEADERS_ONLY);
      else if (METADATA.has(type)) file.prefetch(data, next);
      if (type === CHUNK.eXIf) this.#tiff.block(data, next - 4);
      else if (type === CHUNK.zxIf) this.#scan.hide(data, next - 4);
      else if (type === CHUNK.tEXt || type === CHUNK.zTXt || type === CHUNK.iTXt) {
        this.#text(type, data, next - 4);
      } else if (type === CHUNK.IEND && file.ok) return;
      if (!file.ok) {
        this.#scan.hide(at, end);
        return;
      }
      at = next;
    }
  }

  #text(type: number, start: number, end: number): void {
    const { file } = this.#scan;
    const keywordEnd = this.#terminator(start, Math.min(end, start + KEYWORD_BYTES + 1));
    if (keywordEnd < 0) this.#scan.hide(start, end);
    else if (file.is(start, XMP_KEYWORD)) {
      if (type === CHUNK.iTXt) this.#xmpText(keywordEnd + 1, end);
      else this.#scan.hide(keywordEnd + 1, end);
    } else if (file.is(start, RAW_PROFILE) || containsPlaceWord(file, start, keywordEnd)) {
      this.#scan.hide(keywordEnd + 1, end);
    }
  }

  /** The rest of an iTXt chunk: compression flag and method, language, translated keyword, text. */
  #xmpText(start: number, end: number): void {
    const language = this.#terminator(start + 2, end);
    const translated = language < 0 ? -1 : this.#terminator(language + 1, end);
    if (translated < 0 || this.#scan.file.byte(start) !== 0) this.#scan.hide(start, end);
    else this.#xmp.packet(translated + 1, end);
  }

  /** Where the first NUL byte of [start, end) is, or -1. */
  #terminator(start: number, end: number): number {
    for (let at = start; at < end; at++) {
      if (!this.#scan.file.ok) return -1;
      if (this.#scan.file.byte(at) === 0) return this.#scan.file.ok ? at : -1;
    }
    return -1;
  }
}
