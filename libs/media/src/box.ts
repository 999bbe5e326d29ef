import type { FileWindow } from './file-window.ts';
import { fourCC } from './text.ts';

/** Types of ISO boxes (ISO/IEC 14496-12, 23008-12), QuickTime atoms, and those of makers that tell a place. */
export const BOX = {
  ftyp: fourCC('ftyp'),
  mdat: fourCC('mdat'),
  free: fourCC('free'),
  skip: fourCC('skip'),
  wide: fourCC('wide'),
  pnot: fourCC('pnot'),
  moov: fourCC('moov'),
  moof: fourCC('moof'),
  meta: fourCC('meta'),
  uuid: fourCC('uuid'),
  hdlr: fourCC('hdlr'),
  iinf: fourCC('iinf'),
  infe: fourCC('infe'),
  iloc: fourCC('iloc'),
  iref: fourCC('iref'),
  idat: fourCC('idat'),
  keys: fourCC('keys'),
  ilst: fourCC('ilst'),
  data: fourCC('data'),
  xml: fourCC('xml '),
  bxml: fourCC('bxml'),
  stbl: fourCC('stbl'),
  stsd: fourCC('stsd'),
  stsz: fourCC('stsz'),
  stsc: fourCC('stsc'),
  stco: fourCC('stco'),
  co64: fourCC('co64'),
  xmp: fourCC('XMP_'),
  jxl: fourCC('JXL '),
  exif: fourCC('Exif'),
  brob: fourCC('brob'),
  cmt1: fourCC('CMT1'),
  cmt2: fourCC('CMT2'),
  cmt4: fourCC('CMT4'),
} as const;

/** Bytes of the identity of a `uuid` box. */
export const UUID_BYTES = 16;

/** The header of one box. */
export class Box {
  type = 0;
  start = 0;
  payload = 0;
  /** The byte after the box; where `broken`, what the header says, which may be anything. */
  end = 0;
  /** Whether the header is not complete, or the box ends before it begins or beyond what it is in. */
  broken = false;

  /**
   * Reads the header at `start` of a box inside of [.., limit).
   * @param top whether size 0 means "to the end", which it does outside of all boxes only
   */
  read(file: FileWindow, start: number, limit: number, top: boolean): void {
    const size = file.u32(start);
    this.type = file.u32(start + 4);
    this.start = start;
    this.payload = start + 8;
    this.end = start + size;
    if (size === 1) {
      this.payload = start + 16;
      this.end = start + file.u64(start + 8);
    } else if (size === 0 && top) this.end = limit;
    this.broken = !(this.payload <= this.end && this.end <= limit);
  }
}
