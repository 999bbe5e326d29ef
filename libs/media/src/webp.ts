import type { Scan } from './scan.ts';
import { ascii, fourCC } from './text.ts';
import type { TiffReader } from './tiff.ts';
import type { XmpScanner } from './xmp.ts';

const RIFF = ascii('RIFF');
const WEBP = ascii('WEBP');
const EXIF = fourCC('EXIF');
const XMP = fourCC('XMP ');
/** Written by some before the TIFF structure, as in a JPEG. */
const EXIF_HEADER = ascii('Exif\0\0');

/**
 * Reads the chunks of a WebP, to the end of the file whatever its header says. From a broken chunk on all is hidden to
 * the end of the file.
 */
export class WebpReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;
  readonly #tiff: TiffReader;

  constructor(scan: Scan, xmp: XmpScanner, tiff: TiffReader) {
    this.#scan = scan;
    this.#xmp = xmp;
    this.#tiff = tiff;
  }

  recognises(start: number): boolean {
    return this.#scan.file.is(start, RIFF) && this.#scan.file.is(start + 8, WEBP);
  }

  picture(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start + 12;
    while (at + 8 <= end) {
      const type = file.u32(at);
      const length = file.u32(at + 4, true);
      const data = at + 8;
      if (data + length > end || !this.#scan.countBox()) {
        this.#scan.hide(at, end);
        return;
      }
      if (type === EXIF) {
        const header = length >= EXIF_HEADER.length && file.is(data, EXIF_HEADER) ? EXIF_HEADER.length : 0;
        this.#tiff.block(data + header, data + length);
      } else if (type === XMP) this.#xmp.packet(data, data + length);
      if (!file.ok) {
        this.#scan.hide(at, end);
        return;
      }
      at = data + length + (length & 1);
    }
  }
}
