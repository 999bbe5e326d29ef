import type { ByteSource } from './byte-source.ts';
import { IptcReader } from './iptc.ts';
import { IsoMediaReader } from './iso-media.ts';
import { JpegReader } from './jpeg.ts';
import { MEDIA_FORMAT, type MediaFormat } from './media-format.ts';
import { PngReader } from './png.ts';
import { RafReader } from './raf.ts';
import type { RangeList } from './range-list.ts';
import { EMBEDDED, Scan } from './scan.ts';
import { TiffReader } from './tiff.ts';
import { WebpReader } from './webp.ts';
import { XmpScanner } from './xmp.ts';

/** Bytes that tell what a file is. */
const FIRST_BYTES = 16;
/** Before the TIFF structure of a HEIF Exif item: how many bytes to pass over after these four. */
const EXIF_ITEM_HEAD = 4;

/**
 * Finds the bytes of photos and videos that tell where they were taken. What a file is its first bytes say, never its
 * name. One finder serves any number of files, one after the other, and allocates nothing after construction.
 *
 * The bytes may be anything: no file makes `find` throw, read beyond the file, or go on beyond `LIMITS`. In doubt more
 * is hidden:
 *
 * - a metadata block (Exif, XMP, IPTC) that is malformed, compressed or beyond a limit is hidden whole;
 * - from a segment, chunk or box that is broken, all is hidden to the end of the file, or of the box or embedded file
 *   that it is in; the decoders' own data after the last place for metadata is never touched otherwise;
 * - where a limit is reached, the source ends early, or tables of items cannot be followed, all is hidden that could
 *   still hold metadata: the rest of a JPEG, PNG, WebP or movie; of the others all but their first bytes.
 */
export class LocationFinder {
  readonly #scan = new Scan();
  readonly #xmp = new XmpScanner(this.#scan);
  readonly #iptc = new IptcReader(this.#scan, this.#xmp);
  readonly #tiff = new TiffReader(this.#scan, this.#xmp, this.#iptc);
  readonly #jpeg = new JpegReader(this.#scan, this.#xmp, this.#tiff, this.#iptc);
  readonly #png = new PngReader(this.#scan, this.#xmp, this.#tiff);
  readonly #webp = new WebpReader(this.#scan, this.#xmp, this.#tiff);
  readonly #raf = new RafReader(this.#scan);
  readonly #iso = new IsoMediaReader(this.#scan, this.#xmp, this.#tiff);

  /** Calls of `read` that the last `find` made. */
  get reads(): number {
    return this.#scan.file.reads;
  }

  /** Bytes that the last `find` read. */
  get bytesRead(): number {
    return this.#scan.file.bytesRead;
  }

  /**
   * Replaces the content of `ranges` by the ranges to hide, settled.
   * @returns one of `MEDIA_FORMAT`, or the -errno of the source, and then all of the file is to be hidden
   */
  find(source: ByteSource, ranges: RangeList): MediaFormat {
    const scan = this.#scan;
    ranges.clear();
    scan.begin(source, ranges);
    this.#xmp.lengthCount = 0;
    const { file } = scan;
    const format = file.size < FIRST_BYTES ? MEDIA_FORMAT.none : this.#read(file.size);
    for (let i = 0; i < scan.embedded; i++) {
      this.#embedded(scan.embeddedKind(i), scan.embeddedStart(i), scan.embeddedEnd(i));
    }
    file.close();
    if (file.error < 0) ranges.add(0, file.size);
    ranges.settle();
    return file.error < 0 ? file.error : format;
  }

  #read(size: number): number {
    if (this.#jpeg.recognises(0)) {
      this.#jpeg.picture(0, size);
      this.#jpeg.appended(size);
      return MEDIA_FORMAT.jpeg;
    }
    if (this.#tiff.recognises(0)) {
      this.#tiff.wholeFile(size);
      return MEDIA_FORMAT.tiff;
    }
    if (this.#png.recognises(0)) {
      this.#png.picture(0, size);
      return MEDIA_FORMAT.png;
    }
    if (this.#webp.recognises(0)) {
      this.#webp.picture(0, size);
      return MEDIA_FORMAT.webp;
    }
    if (this.#raf.recognises(0)) {
      this.#raf.picture(0, size);
      return MEDIA_FORMAT.raf;
    }
    const format = this.#iso.recognises(0, size);
    if (format !== MEDIA_FORMAT.none) this.#iso.read(0, size, format);
    return format;
  }

  #embedded(kind: number, start: number, end: number): void {
    const { file } = this.#scan;
    if (kind === EMBEDDED.jpeg) this.#jpeg.picture(start, end);
    else if (kind === EMBEDDED.exif) this.#tiff.block(start, end);
    else if (kind === EMBEDDED.xmp) this.#xmp.packet(start, end);
    else if (kind === EMBEDDED.iso) this.#iso.read(start, end, this.#iso.recognises(start, end));
    else this.#exifItem(start, end);
    if (!file.ok) this.#scan.hide(start, end);
  }

  #exifItem(start: number, end: number): void {
    const tiff = start + EXIF_ITEM_HEAD + this.#scan.file.u32(start);
    if (tiff > end) this.#scan.hide(start + EXIF_ITEM_HEAD, end);
    else {
      // What stands before the structure is "Exif" and two zeros, or nothing; anything else is not to be trusted.
      if (tiff > start + EXIF_ITEM_HEAD + 6) this.#scan.hide(start + EXIF_ITEM_HEAD, tiff);
      this.#tiff.block(tiff, end);
    }
  }
}
