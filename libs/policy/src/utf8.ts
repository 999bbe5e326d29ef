/**
 * File names are bytes, usually but not surely UTF-8. A name is read as units from its start: a well-formed UTF-8
 * sequence (Unicode 15, table 3-7: no overlong forms, no surrogates) is one unit, any other byte is one unit alone.
 */

/** The code of a unit that is no code point: one past the last, so negated classes can hold it. */
export const INVALID_UNIT = 0x110000;

/**
 * The unit at `bytes[at]`, `at < end`: its code << 3 | its length in bytes. Packed, so that the hot path allocates
 * nothing. Reads outside the array count as NUL.
 */
export function unitAt(bytes: Uint8Array, at: number, end: number): number {
  const lead = (bytes[at] ?? 0) | 0;
  if (lead < 0x80) return (lead << 3) | 1;
  if (lead >= 0xc2 && lead <= 0xf4) {
    const length = lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    if (at + length <= end) {
      const second = (bytes[at + 1] ?? 0) | 0;
      const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
      const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
      if (second >= low && second <= high) {
        if (length === 2) return ((((lead & 0x1f) << 6) | (second & 0x3f)) << 3) | 2;
        const third = (bytes[at + 2] ?? 0) | 0;
        if ((third & 0xc0) === 0x80) {
          const upper = ((second & 0x3f) << 6) | (third & 0x3f);
          if (length === 3) return ((((lead & 0x0f) << 12) | upper) << 3) | 3;
          const fourth = (bytes[at + 3] ?? 0) | 0;
          if ((fourth & 0xc0) === 0x80) {
            return ((((lead & 0x07) << 18) | (upper << 6) | (fourth & 0x3f)) << 3) | 4;
          }
        }
      }
    }
  }
  return (INVALID_UNIT << 3) | 1;
}

const encoder = new TextEncoder();

/** A text's length in UTF-8 bytes. */
export function utf8Length(text: string): number {
  return encoder.encode(text).length;
}

export function utf8(text: string): Uint8Array {
  return encoder.encode(text);
}

/** Why a text cannot be (part of) a file name or a policy; undefined if it can. */
export function textFault(text: string): { at: number; message: string } | undefined {
  const nul = text.indexOf('\0');
  if (nul >= 0) return { at: nul, message: 'a NUL character; no file name has one: remove it' };
  const lone = /\p{Surrogate}/u.exec(text);
  if (lone) return { at: lone.index, message: 'half a surrogate pair; write the whole character in UTF-8' };
  return undefined;
}
