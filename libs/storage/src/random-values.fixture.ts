/** Chance that can be repeated, and the values that lead furthest into a volume's operations. */
import { O } from '@sluice/sys';
import { seeded } from './tables.fixture.ts';

export const MIB: number = 1 << 20;
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', '\xc3\xa9', 'x'.repeat(255)];
const BAD_NAMES = [
  '',
  '.',
  '..',
  '/',
  'a/b',
  '../sentinel',
  '../sentinel-directory/inner',
  'y'.repeat(256),
  '..\0',
];
const TARGETS = ['a', '../sentinel', '../sentinel-directory', '/', '..', 'z'.repeat(4095), ''];
const XATTRS = ['user.a', 'user.b', 'trusted.t', 'security.none', 'system.posix_acl_access', 'no-namespace'];

export class RandomValues {
  /** A whole number in [0, bound). */
  readonly below: (bound: number) => number;

  constructor(seed: number) {
    this.below = seeded(seed);
  }

  name(rule: string): Buffer {
    const names = rule === 'xattr' ? XATTRS : rule === 'target' ? TARGETS : this.one(8) ? BAD_NAMES : NAMES;
    const text = Buffer.from(this.pick(names), 'latin1');
    return Buffer.concat([this.one(30) ? this.bytes(1 + this.below(300)) : text, Buffer.alloc(1)]);
  }

  openFlags(): number {
    if (this.one(8)) return this.u32();
    return this.below(4) | this.pick([0, 0, O.TRUNC, O.APPEND, O.EXCL, O.APPEND | O.TRUNC]);
  }

  size(): number {
    return this.one(4) ? this.pick([0, 1, 0xffff_ffff, 0x8000_0000, 2 * MIB, this.u32()]) : this.below(8192);
  }

  offset(): bigint {
    return this.one(6) ? this.long() : BigInt(this.below(10_000));
  }

  long(): bigint {
    const high = this.pick([0, 0, 1, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, this.u32()]);
    return (BigInt(high) << 32n) | BigInt(this.one(2) ? this.below(64) : this.u32());
  }

  u32(): number {
    const shift = this.below(32);
    return ((this.below(0x1_0000) * 0x1_0000 + this.below(0x1_0000)) >>> shift) >>> 0;
  }

  bytes(count: number): Buffer {
    const bytes = Buffer.alloc(count);
    for (let i = 0; i < Math.min(count, 400); i++) bytes[i] = this.below(256);
    return bytes;
  }

  /** One time in `times`. */
  one(times: number): boolean {
    return this.below(times) === 0;
  }

  pick<T>(from: readonly T[]): T {
    return from[this.below(from.length)] as T;
  }
}
