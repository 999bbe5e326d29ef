import { hashText } from './place-names.ts';
import { ascii } from './text.ts';

/** Where in the XML text the next byte stands. */
export const AT = {
  text: 0,
  /** After `<`. */
  open: 1,
  startName: 2,
  /** Between the attributes of a start tag. */
  tag: 3,
  attributeName: 4,
  /** After the name of an attribute, or after `=`. */
  afterName: 5,
  beforeValue: 6,
  value: 7,
  /** After `/` in a start tag. */
  selfClose: 8,
  endName: 9,
  afterEndName: 10,
  /** After `<!`. */
  bang: 11,
  comment: 12,
  cdata: 13,
  instruction: 14,
} as const;

export const XMLNS = hashText('xmlns');
/** Attributes of a property that say how it is written, not what it is. */
export const SYNTAX = new Set(['parsetype', 'lang'].map(hashText));
/** Properties that say how long the files are that follow the picture. */
export const LENGTHS = new Set(['length', 'microvideooffset'].map(hashText));
export const MAX_LENGTHS = 16;

export const COMMENT = ascii('--');
export const CDATA = ascii('[CDATA[');

export const LT = 0x3c;
export const GT = 0x3e;
export const SLASH = 0x2f;

export function isSpace(byte: number): boolean {
  return byte === 0x20 || (byte >= 9 && byte <= 13);
}
