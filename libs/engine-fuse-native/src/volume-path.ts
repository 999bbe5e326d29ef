/**
 * Paths as the package hands them over: strings, of which it has made what is not UTF-8 into replacement characters. A
 * path that holds one is refused, since it would name another file.
 */
const REPLACEMENT = '\ufffd';
const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Without its leading slash, as bytes; empty: the root. Undefined: it cannot be told which name is meant. */
export function volumePath(path: string): Uint8Array | undefined {
  return path.includes(REPLACEMENT) ? undefined : encoder.encode(path.slice(1));
}

/** A name of the lower tree; undefined where it is not UTF-8: the package would hand over another. */
export function nameText(bytes: Uint8Array): string | undefined {
  const text = decoder.decode(bytes);
  return text.includes(REPLACEMENT) ? undefined : text;
}

/** Length of the part before the last slash; 0: the root. */
export function parentLength(path: Uint8Array): number {
  return Math.max(0, path.lastIndexOf(0x2f));
}

export function lastName(path: Uint8Array): Uint8Array {
  return path.subarray(path.lastIndexOf(0x2f) + 1);
}
