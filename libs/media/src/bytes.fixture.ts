import type { ByteSource } from './byte-source.ts';
import { LocationFinder } from './location-finder.ts';
import { RangeList } from './range-list.ts';

export function text(value: string): Uint8Array {
  return new Uint8Array(Buffer.from(value, 'latin1'));
}

export function join(...parts: (Uint8Array | string | number[])[]): Uint8Array {
  return new Uint8Array(
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? text(part) : Uint8Array.from(part)))),
  );
}

export function u16(value: number, little = false): Uint8Array {
  const bytes = Buffer.alloc(2);
  if (little) bytes.writeUInt16LE(value);
  else bytes.writeUInt16BE(value);
  return new Uint8Array(bytes);
}

export function u32(value: number, little = false): Uint8Array {
  const bytes = Buffer.alloc(4);
  if (little) bytes.writeUInt32LE(value);
  else bytes.writeUInt32BE(value);
  return new Uint8Array(bytes);
}

export function u64(value: number): Uint8Array {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return new Uint8Array(bytes);
}

/** Bytes that look like image data: without markers and without names. */
export function pixels(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, i) => 0x80 + ((i * 37) % 0x60));
}

/** A file in memory that counts its reads and checks each. */
export class MemorySource implements ByteSource {
  readonly bytes: Uint8Array;
  reads = 0;
  bytesRead = 0;
  /** The first read that was not inside the file. */
  fault = '';

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  get size(): number {
    return this.bytes.length;
  }

  read(offset: number, into: Uint8Array, length: number): number {
    this.reads++;
    this.bytesRead += length;
    if (!(offset >= 0 && length > 0 && offset + length <= this.bytes.length && length <= into.length)) {
      this.fault ||= `read of ${String(length)} bytes at ${String(offset)} of ${String(this.bytes.length)}`;
    }
    into.set(this.bytes.subarray(offset, offset + length));
    return Math.max(0, Math.min(length, this.bytes.length - offset));
  }
}

export interface Redacted {
  format: number;
  bytes: Uint8Array;
  ranges: [number, number][];
  reads: number;
  hidden: number;
}

const finder = new LocationFinder();
const list = new RangeList();

export function apply(bytes: Uint8Array, ranges: RangeList): Uint8Array {
  const hidden = bytes.slice();
  for (let i = 0; i < ranges.count; i++) hidden.fill(0, ranges.start(i), ranges.end(i));
  return hidden;
}

/** A file as one sees it who may not know the place. */
export function redact(bytes: Uint8Array): Redacted {
  const source = new MemorySource(bytes);
  const format = finder.find(source, list);
  if (source.fault) throw new Error(source.fault);
  const ranges = Array.from({ length: list.count }, (_, i): [number, number] => [list.start(i), list.end(i)]);
  const hidden = ranges.reduce((sum, [start, end]) => sum + end - start, 0);
  return { format, bytes: apply(bytes, list), ranges, reads: source.reads, hidden };
}

/** How often `needle`, as bytes or as Latin-1 text, is in the bytes. */
export function occurrences(bytes: Uint8Array, needle: Uint8Array | string): number {
  const hay = Buffer.from(bytes);
  const wanted = typeof needle === 'string' ? Buffer.from(needle, 'latin1') : Buffer.from(needle);
  let count = 0;
  for (let at = hay.indexOf(wanted); at >= 0; at = hay.indexOf(wanted, at + 1)) count++;
  return count;
}

/** Numbers in [0, 1), the same for the same seed (mulberry32). */
export function seededRandom(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}
