import type { FileWindow } from './file-window.ts';
import { ascii } from './text.ts';

/**
 * Which names of properties tell a place. A name is taken without its namespace and without regard to case: a prefix
 * can be bound to any namespace, and hiding the value of a property that only sounds like a place does little harm.
 */

/** Names that tell a place wherever they contain one of these. */
const PLACE_WORDS = [
  'gps',
  'latitude',
  'longitude',
  'longtitude', // written so by drones of one maker
  'altitude',
  'location',
  'coordinate',
  'geotag',
  'geohash',
  'iso6709',
].map(ascii);

/** 1 for each byte that one of the words begins with. */
const FIRST_LETTERS = new Uint8Array(256);
for (const word of PLACE_WORDS) FIRST_LETTERS[word[0] ?? 0] = 1;

/** Names that tell a place where they are the whole name: IPTC Core and Extension, Photoshop, Darwin Core, W3C geo. */
const PLACE_NAMES = [
  'city',
  'state',
  'country',
  'countrycode',
  'countryname',
  'provincestate',
  'stateprovince',
  'worldregion',
  'continent',
  'county',
  'municipality',
  'locality',
  'island',
  'islandgroup',
  'waterbody',
  'highergeography',
  'footprintwkt',
  'coverage',
  'place',
  'venue',
  'lat',
  'lon',
  'long',
  'lng',
  'latlong',
];

/** The version of the GPS tags, and where in the picture the subject is. */
const HARMLESS = ['gpsversionid', 'subjectlocation'];

export const HASH_START = 0x811c9dc5 | 0;

/** FNV-1a, one byte on. */
export function hashByte(hash: number, byte: number): number {
  return Math.imul(hash ^ byte, 0x01000193);
}

export function hashText(text: string): number {
  return ascii(text).reduce(hashByte, HASH_START);
}

const placeHashes = new Set(PLACE_NAMES.map(hashText));
const harmlessHashes = new Set(HARMLESS.map(hashText));

/** An ASCII capital as a small letter, any other byte as it is. */
export function lowerCase(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte;
}

/**
 * Whether a property of this name tells a place.
 * @param name in small letters, `length` bytes of it
 * @param hash of these bytes
 */
export function isPlaceName(name: Uint8Array, length: number, hash: number): boolean {
  if (harmlessHashes.has(hash)) return false;
  if (placeHashes.has(hash)) return true;
  for (let at = 0; at + 3 <= length; at++) {
    if (FIRST_LETTERS[name[at] ?? 0] === 0) continue;
    for (let w = 0; w < PLACE_WORDS.length; w++) {
      const word = PLACE_WORDS[w];
      if (!word || word[0] !== name[at] || at + word.length > length) continue;
      let i = 1;
      while (i < word.length && word[i] === name[at + i]) i++;
      if (i === word.length) return true;
    }
  }
  return false;
}

/** Whether the bytes [start, end) of the file contain a word that tells a place. */
export function containsPlaceWord(file: FileWindow, start: number, end: number): boolean {
  for (let at = start; at + 3 <= end && file.ok; at++) {
    const first = lowerCase(file.byte(at));
    if (FIRST_LETTERS[first] === 0) continue;
    for (let w = 0; w < PLACE_WORDS.length; w++) {
      const word = PLACE_WORDS[w];
      if (!word || word[0] !== first || at + word.length > end) continue;
      let i = 1;
      while (i < word.length && word[i] === lowerCase(file.byte(at + i))) i++;
      if (i === word.length) return true;
    }
  }
  return false;
}
