/**
 * The one form that names are brought to before they are compared where case does not matter.
 *
 * Lower file systems with case folding (ext4, f2fs and tmpfs of Linux) compare names by NFD, full case folding, and
 * without the code points that are ignorable by default (fs/unicode, "NFDICF"). Names that they take for the same come to
 * the same form here. The form may be coarser: it also drops dots and spaces at the end, as FAT and sdcardfs do, and
 * knows younger code points than an older kernel.
 */
import { INVALID_UNIT, unitAt } from './utf8.ts';

/** Stands for a name that holds nothing but ignorable code points: no name is empty. */
const NOTHING_LEFT = '\u00ad';

const IGNORABLE = /\p{Default_Ignorable_Code_Point}/gu;
const NON_ASCII = /[^\0-\x7f]/;
/** Bytes that are no UTF-8 travel through strings as halves of surrogate pairs, which nothing folds or composes. */
const LONE = 0xdc00;

/** The form of one component, or of an extension. */
export function canonicalName(name: string): string {
  return withoutTail(foldedText(name));
}

/** The form of a part of a component that does not reach its end. */
export function foldedText(text: string): string {
  if (!NON_ASCII.test(text)) return text.toLowerCase();
  const visible = text.replace(IGNORABLE, '');
  if (visible === '') return text === '' ? '' : NOTHING_LEFT;
  // Code points are folded one by one before marks are put in order, as fs/unicode does: the iota below is a mark before
  // folding and a letter after it, so the order of the two steps shows.
  let folded = '';
  for (const char of visible) {
    if (char < '\x80') folded += char.toLowerCase();
    else folded += foldChar(char);
  }
  return folded.normalize('NFD');
}

/** Without dots and spaces at the end, if anything else is left. */
export function withoutTail(name: string): string {
  let end = name.length;
  while (end > 0 && isTail(name.charCodeAt(end - 1))) end--;
  return end === 0 ? name : name.slice(0, end);
}

/** Whether a character at the end of a name is dropped. */
export function isTail(code: number): boolean {
  return code === 0x2e || code === 0x20;
}

/** The form of the bytes `[start, end)` of a name, as bytes. Allocates: for names that are not ASCII alone. */
export function canonicalBytes(bytes: Uint8Array, start: number, end: number): Uint8Array {
  const canonical = canonicalName(decode(bytes, start, end));
  const encoded = new Uint8Array(canonical.length * 3);
  let length = 0;
  for (let at = 0; at < canonical.length;) {
    const code = canonical.codePointAt(at) ?? 0;
    at += code > 0xffff ? 2 : 1;
    if (code < 0x80) encoded[length++] = code;
    else if (code >= LONE && code < LONE + 0x100) encoded[length++] = code - LONE;
    else {
      if (code < 0x800) encoded[length++] = 0xc0 | (code >> 6);
      else {
        if (code < 0x1_0000) encoded[length++] = 0xe0 | (code >> 12);
        else {
          encoded[length++] = 0xf0 | (code >> 18);
          encoded[length++] = 0x80 | ((code >> 12) & 0x3f);
        }
        encoded[length++] = 0x80 | ((code >> 6) & 0x3f);
      }
      encoded[length++] = 0x80 | (code & 0x3f);
    }
  }
  return encoded.subarray(0, length);
}

function decode(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  for (let at = start; at < end;) {
    const unit = unitAt(bytes, at, end);
    const code = unit >>> 3;
    text += code === INVALID_UNIT ? String.fromCharCode(LONE + (bytes[at] ?? 0)) : String.fromCodePoint(code);
    at += unit & 7;
  }
  return text;
}

/**
 * Full case folding of one code point, by way of the cases JavaScript knows: lower case of the upper case. It differs from
 * Unicode's CaseFolding.txt in which member stands for a set (Cherokee), not in the sets. Only the dotless i would join
 * others by its upper case, and stays as it is.
 */
function foldChar(char: string): string {
  if (char < '\x80') return char.toLowerCase();
  if (char === '\u0131') return char;
  let folded = '';
  for (const upper of char.toLowerCase().toUpperCase()) folded += upper.toLowerCase();
  return folded;
}

let foldingUnits: readonly (readonly [number, number])[] | undefined;

/** Code points that fold to another single one, each with that one. */
export function singleFoldings(): readonly (readonly [number, number])[] {
  if (foldingUnits) return foldingUnits;
  const found: [number, number][] = [];
  const changes = /\p{Changes_When_Casefolded}/u;
  for (let code = 0; code < CASED_END; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const char = String.fromCodePoint(code);
    if (!changes.test(char)) continue;
    const folded = foldedText(char);
    const single = folded.codePointAt(0) ?? 0;
    if (folded.length === (single > 0xffff ? 2 : 1) && single !== code) found.push([code, single]);
  }
  foldingUnits = found;
  return found;
}

/** Past the last code point with two cases (Adlam, U+1E943), with room for some more. */
const CASED_END = 0x2_0000;
