/**
 * An arena of one's own, filled from its start and emptied all at once: for start-up, housekeeping and tests, where
 * a few names and operands are needed for a handful of calls. The serving path lays out its memory itself.
 *
 *     const scratch = new Scratch();
 *     const fd = sys.openat(directory, scratch.string('DCIM'), O.PATH, 0);
 */
import { errnoName } from './errno.ts';
import { sys } from './load.ts';
import type { Address } from './native.ts';

const ALIGNMENT = 8;

/** Arenas are numbered, and numbers are never used again: keep a Scratch, do not make one per call. */
export class Scratch {
  readonly base: Address;
  readonly size: number;
  /** The arena's memory; index = address - `base`. */
  readonly buffer: ArrayBuffer;
  readonly octets: Uint8Array;
  readonly view: DataView;
  #used = 0;

  /** `size` in bytes. Throws when the process has no memory or no arena number left. */
  constructor(size = 64 * 1024) {
    const base = sys.arenaAllocate(size);
    const buffer = base < 0 ? null : sys.arenaBuffer(base);
    if (buffer === null) {
      const reason = base < 0 ? errnoName(base) : 'too large for one ArrayBuffer';
      throw new Error(`An arena of ${size} bytes cannot be allocated: ${reason}.`);
    }
    this.base = base;
    this.size = size;
    this.buffer = buffer;
    this.octets = new Uint8Array(buffer);
    this.view = new DataView(buffer);
  }

  /** Bytes taken since the last `reset`, padding included. */
  get used(): number {
    return this.#used;
  }

  /** `count` zeroed bytes, aligned to 8. Throws a RangeError when the arena is full. */
  bytes(count: number): Address {
    if (!Number.isSafeInteger(count) || count < 0) {
      throw new RangeError(`A count of bytes is a whole number from 0 on, not ${count}.`);
    }
    const start = this.#used;
    if (count > this.size - start) {
      throw new RangeError(`${count} bytes wanted, ${this.size - start} of ${this.size} left in the arena.`);
    }
    this.octets.fill(0, start, start + count);
    this.#used = Math.min(this.size, Math.ceil((start + count) / ALIGNMENT) * ALIGNMENT);
    return this.base + start;
  }

  /** A NUL-terminated copy; a string as UTF-8. Throws a RangeError for a NUL inside, which would end the name early. */
  string(text: string | Uint8Array): Address {
    const octets = typeof text === 'string' ? new TextEncoder().encode(text) : text;
    const end = octets.indexOf(0);
    if (end >= 0) {
      throw new RangeError(`A name cannot hold a NUL byte; this one has one at byte ${end}.`);
    }
    const address = this.bytes(octets.length + 1);
    this.octets.set(octets, address - this.base);
    return address;
  }

  /** A copy of `octets`, NULs and all. */
  data(octets: Uint8Array): Address {
    const address = this.bytes(octets.length);
    this.octets.set(octets, address - this.base);
    return address;
  }

  /** A 64-bit operand. Takes -2^63 to 2^64 - 1, else throws a RangeError. */
  u64(value: bigint): Address {
    if (value < -(2n ** 63n) || value >= 2n ** 64n) throw new RangeError(`${value} does not fit 64 bits.`);
    const address = this.bytes(8);
    this.view.setBigUint64(address - this.base, BigInt.asUintN(64, value), true);
    return address;
  }

  u32At(address: Address): number {
    return this.view.getUint32(address - this.base, true);
  }

  u64At(address: Address): bigint {
    return this.view.getBigUint64(address - this.base, true);
  }

  /** The bytes at `address` themselves, not a copy: they change with the arena. */
  bytesAt(address: Address, count: number): Uint8Array {
    const start = address - this.base;
    if (!(start >= 0 && count >= 0 && start + count <= this.size)) {
      throw new RangeError(`${count} bytes at ${start} are not inside the arena of ${this.size} bytes.`);
    }
    return this.octets.subarray(start, start + count);
  }

  /** `count` bytes of UTF-8 at `address`. */
  textAt(address: Address, count: number): string {
    return new TextDecoder().decode(this.bytesAt(address, count));
  }

  /** All addresses given out become free for the next ones. */
  reset(): void {
    this.#used = 0;
  }

  /** Gives the memory back; calls refuse the addresses from then on. */
  release(): void {
    sys.arenaRelease(this.base);
  }
}
