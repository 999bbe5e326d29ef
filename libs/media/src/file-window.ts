import type { ByteSource } from './byte-source.ts';
import { LIMITS } from './limits.ts';

/** Bytes of the window: a whole JPEG segment fits, and so does the front matter of most photos. */
const WINDOW = 80 * 1024;
/** Bytes of the first read: the metadata of most photos without a large thumbnail. */
const FIRST = 16 * 1024;
/** Bytes of a read that follows no other: a box header and what is near it. */
const HOP = 4096;
/** The answer of a source that answers nonsense. */
const EIO = 5;

/**
 * A window on a `ByteSource` that moves where bytes are asked for. `ok` falls, for good, when the source fails, ends
 * before its size, or a limit is reached; bytes asked for then are 0, and so are bytes beyond the file. Callers check
 * positions against the end of what they read, and `ok` once in every loop and before they trust what they found.
 */
export class FileWindow {
  size = 0;
  ok = true;
  /** -errno of the source, or 0. */
  error = 0;
  reads = 0;
  bytesRead = 0;
  readonly #buffer = new Uint8Array(WINDOW);
  #source: ByteSource | undefined;
  #start = 0;
  #length = 0;
  #hop = HOP;
  #runStart = 0;
  /** Bytes of the next read, if it follows the last. */
  #ahead = HOP;

  open(source: ByteSource): void {
    const { size } = source;
    this.size = Number.isSafeInteger(size) && size > 0 ? size : 0;
    this.#source = source;
    this.#start = 0;
    this.#length = 0;
    this.#hop = HOP;
    this.#ahead = FIRST;
    this.ok = true;
    this.error = 0;
    this.reads = 0;
    this.bytesRead = 0;
  }

  close(): void {
    this.#source = undefined;
  }

  /** The byte at `at`, or 0. */
  byte(at: number): number {
    const i = at - this.#start;
    if (i >= 0 && i < this.#length) return this.#buffer[i] ?? 0;
    return this.#load(at, 0) ? (this.#buffer[0] ?? 0) : 0;
  }

  /**
   * Begins a run of bytes at `at` that `runByte` reads by small integers: a position in a file is a double, which costs
   * an allocation wherever it is handed on.
   * @returns the bytes of the run, at least 1 and up to `end`; 0 where there are none to be had
   */
  run(at: number, end: number): number {
    const i = at - this.#start;
    if (!(i >= 0 && i < this.#length) && !this.#load(at, 0)) return 0;
    this.#runStart = (at - this.#start) | 0;
    return Math.min(this.#length - this.#runStart, end - at) | 0;
  }

  /** Byte `i` of the run. Valid until anything else is read. */
  runByte(i: number): number {
    return this.#buffer[this.#runStart + i] ?? 0;
  }

  u16(at: number, little = false): number {
    const a = this.byte(at);
    const b = this.byte(at + 1);
    return little ? a | (b << 8) : (a << 8) | b;
  }

  u32(at: number, little = false): number {
    const a = this.u16(at, little);
    const b = this.u16(at + 2, little);
    return little ? b * 0x10000 + a : a * 0x10000 + b;
  }

  /** Big-endian; from 2^53 on not exact, but not smaller than that either. */
  u64(at: number): number {
    return this.u32(at) * 0x100000000 + this.u32(at + 4);
  }

  /** Whether the bytes at `at` are those of `text`. */
  is(at: number, text: Uint8Array): boolean {
    if (at + text.length > this.size) return false;
    for (let i = 0; i < text.length; i++) if (this.byte(at + i) !== text[i]) return false;
    return true;
  }

  /** Makes reads that follow no other this long, in bytes: where thousands of chunks are passed over by their headers. */
  hopBy(bytes: number): void {
    this.#hop = bytes;
  }

  /** Takes [start, end), as far as it fits, into the window with one read, and a little behind it; no read if it is there. */
  prefetch(start: number, end: number): void {
    const length = Math.min(Math.min(end, this.size) - start, WINDOW);
    if (start >= this.#start && start + length <= this.#start + this.#length) return;
    this.#load(start, length + HOP);
  }

  #load(at: number, wanted: number): boolean {
    if (!this.ok || !this.#source || !(at >= 0 && at < this.size)) return false;
    const follows = at === this.#start + this.#length;
    const budget = LIMITS.bytesRead - this.bytesRead;
    const length = Math.min(
      Math.max(wanted, follows ? this.#ahead : this.#hop),
      WINDOW,
      this.size - at,
      budget,
    );
    if (length <= 0 || this.reads >= LIMITS.reads) {
      this.ok = false;
      return false;
    }
    this.#ahead = follows ? Math.min(this.#ahead * 4, WINDOW) : this.#hop * 2;
    this.reads++;
    const got = this.#source.read(at, this.#buffer, length);
    this.#start = at;
    this.#length = got > 0 && got <= length && Number.isInteger(got) ? got : 0;
    if (this.#length > 0) {
      this.bytesRead += got;
      return true;
    }
    this.ok = false;
    if (got !== 0) this.error = got < 0 && Number.isInteger(got) ? got : -EIO;
    return false;
  }
}
