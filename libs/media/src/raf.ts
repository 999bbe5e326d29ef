import { EMBEDDED, type Scan } from './scan.ts';
import { ascii } from './text.ts';

const SIGNATURE = ascii('FUJIFILMCCD-RAW ');
/** Where the header has offset and length of the JPEG that holds the metadata, big-endian. */
const JPEG_AT = 0x54;

/** A Fujifilm raw file: its place is in the JPEG inside. Without that all but the signature is hidden. */
export class RafReader {
  readonly #scan: Scan;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  recognises(start: number): boolean {
    return this.#scan.file.is(start, SIGNATURE);
  }

  picture(start: number, end: number): void {
    const { file } = this.#scan;
    const jpeg = start + file.u32(start + JPEG_AT);
    const jpegEnd = jpeg + file.u32(start + JPEG_AT + 4);
    if (jpegEnd > end || file.u16(jpeg) !== 0xffd8) this.#scan.hide(start + SIGNATURE.length, end);
    else this.#scan.later(EMBEDDED.jpeg, jpeg, jpegEnd);
  }
}
