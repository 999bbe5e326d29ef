import type { IptcReader } from './iptc.ts';
import { LIMITS } from './limits.ts';
import { EMBEDDED, type Scan } from './scan.ts';
import { ascii } from './text.ts';
import { IFD, type TiffReader } from './tiff.ts';
import type { XmpScanner } from './xmp.ts';

const MARKER = { soi: 0xd8, eoi: 0xd9, sos: 0xda, app1: 0xe1, app2: 0xe2, app6: 0xe6, app13: 0xed } as const;

const EXIF = ascii('Exif');
const XMP = ascii('http://ns.adobe.com/xap/1.0/\0');
const XMP_BEGINNING = ascii('http://ns.adobe.com/x');
const EXTENDED_XMP = ascii('http://ns.adobe.com/xmp/extension/\0');
const BARE_XMP = ascii('<?xpacket');
const MULTI_PICTURE = ascii('MPF\0');
const GOPRO = ascii('GoPro\0');
const PHOTOSHOP = ascii('Photoshop 3.0\0');
const BRANDS = ascii('ftyp');

/** GUID, full length and offset before the text of each segment of extended XMP. */
const GUID_BYTES = 32;
const EXTENDED_HEAD = GUID_BYTES + 8;

/**
 * Reads the segments of a JPEG up to its first scan, where metadata ends: Exif, XMP, extended XMP, the index of a
 * multi-picture file, Photoshop resources, GoPro's telemetry (hidden whole). Bytes between segments are passed over as
 * decoders do, up to a limit. From a broken segment on all is hidden to the end of the picture: more segments could
 * come.
 */
export class JpegReader {
  readonly #scan: Scan;
  readonly #xmp: XmpScanner;
  readonly #tiff: TiffReader;
  readonly #iptc: IptcReader;
  /** The parts of extended XMP so far, to hide them all where one does not fit. */
  readonly #partStarts = new Float64Array(LIMITS.extendedXmpSegments);
  readonly #partEnds = new Float64Array(LIMITS.extendedXmpSegments);
  #parts = 0;
  #partsBroken = false;
  #extendedBytes = 0;
  readonly #guid = new Uint8Array(GUID_BYTES);

  constructor(scan: Scan, xmp: XmpScanner, tiff: TiffReader, iptc: IptcReader) {
    this.#scan = scan;
    this.#xmp = xmp;
    this.#tiff = tiff;
    this.#iptc = iptc;
  }

  recognises(start: number): boolean {
    const { file } = this.#scan;
    return file.u16(start) === 0xff00 + MARKER.soi && file.byte(start + 2) === 0xff;
  }

  /** The picture at [start, end); what is no JPEG is left alone. */
  picture(start: number, end: number): void {
    if (!this.recognises(start)) return;
    this.#parts = 0;
    this.#partsBroken = false;
    this.#extendedBytes = 0;
    this.#segments(start + 2, end);
    if (this.#parts > 0 && !this.#xmp.finished()) this.#breakParts();
  }

  #segments(start: number, end: number): void {
    const { file } = this.#scan;
    let at = start;
    let stray = 0;
    while (at + 4 <= end) {
      const marker = file.byte(at + 1);
      if (file.byte(at) !== 0xff || marker === 0 || marker === 0xff) {
        at++;
        if (++stray > LIMITS.strayBytes || !file.ok) break;
        continue;
      }
      if (marker === MARKER.sos || marker === MARKER.eoi) return;
      if (marker === 1 || (marker >= 0xd0 && marker <= MARKER.soi)) {
        at += 2;
        if (!this.#scan.countBox()) break;
        continue;
      }
      const length = file.u16(at + 2);
      const next = at + 2 + length;
      if (length < 2 || next > end || !this.#scan.countBox()) break;
      if (marker === MARKER.app1) this.#app1(at + 4, next);
      else if (marker === MARKER.app2 && file.is(at + 4, MULTI_PICTURE)) {
        this.#tiff.block(at + 8, next, IFD.multiPicture);
      } else if (marker === MARKER.app13 && file.is(at + 4, PHOTOSHOP)) {
        this.#iptc.resources(at + 4 + PHOTOSHOP.length, next);
      } else if (marker === MARKER.app6 && file.is(at + 4, GOPRO)) this.#scan.hide(at + 10, next);
      if (!file.ok) break;
      at = next;
    }
    this.#scan.hide(at, end);
  }

  #app1(start: number, end: number): void {
    const { file } = this.#scan;
    file.prefetch(start, end);
    if (file.is(start, EXIF) && end - start >= 6) this.#tiff.block(start + 6, end);
    else if (file.is(start, XMP)) this.#xmpPacket(start + XMP.length, end);
    else if (file.is(start, EXTENDED_XMP)) this.#extended(start + EXTENDED_XMP.length, end);
    else if (file.is(start, XMP_BEGINNING)) this.#scan.hide(start + XMP_BEGINNING.length, end);
    else if (file.is(start, BARE_XMP)) this.#xmpPacket(start, end);
    else if (this.#tiff.recognises(start)) this.#tiff.block(start, end);
  }

  #xmpPacket(start: number, end: number): void {
    // The scanner has one place for a packet that is not complete: the parts of an extended one.
    if (this.#parts > 0 && !this.#partsBroken && !this.#xmp.finished()) this.#breakParts();
    this.#xmp.packet(start, end);
  }

  /** A part of extended XMP (XMP specification part 3, 1.1.3.1): read on, if it is the next of the same packet. */
  #extended(start: number, end: number): void {
    const { file } = this.#scan;
    const text = start + EXTENDED_HEAD;
    if (text > end) {
      this.#scan.hide(start, end);
      return;
    }
    if (this.#parts === LIMITS.extendedXmpSegments) {
      this.#breakParts();
      this.#scan.hide(text, end);
      return;
    }
    this.#partStarts[this.#parts] = text;
    this.#partEnds[this.#parts++] = end;
    if (this.#parts === 1) {
      this.#xmp.begin();
      for (let i = 0; i < GUID_BYTES; i++) this.#guid[i] = file.byte(start + i);
    }
    const next = file.is(start, this.#guid) && file.u32(start + GUID_BYTES + 4) === this.#extendedBytes;
    this.#extendedBytes += end - text;
    if (this.#partsBroken) this.#scan.hide(text, end);
    else if (!next || !this.#xmp.feed(text, end)) this.#breakParts();
  }

  #breakParts(): void {
    this.#partsBroken = true;
    for (let i = 0; i < this.#parts; i++) this.#scan.hide(this.#partStarts[i] ?? 0, this.#partEnds[i] ?? 0);
  }

  /**
   * Files appended to a picture, a second picture or the video of a motion photo: the XMP of the picture tells their
   * lengths in the order in which they stand, and the last ends with the file.
   */
  appended(size: number): void {
    let from = size;
    for (let i = this.#xmp.lengthCount - 1; i >= 0; i--) {
      const length = this.#xmp.lengths[i] ?? 0;
      from -= length;
      this.#embedded(from, size);
      this.#embedded(size - length, size);
    }
  }

  #embedded(at: number, size: number): void {
    if (!(at > 0)) return;
    if (this.#scan.file.is(at + 4, BRANDS)) this.#scan.later(EMBEDDED.iso, at, size);
    else if (this.recognises(at)) this.#scan.later(EMBEDDED.jpeg, at, size);
  }
}
