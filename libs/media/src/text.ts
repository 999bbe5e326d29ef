/** The bytes of a text whose characters are all below 256. */
export function ascii(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Four characters as a big-endian number: the type of a box or a chunk. */
export function fourCC(type: string): number {
  return ascii(type).reduce((value, byte) => value * 256 + byte, 0);
}
