import { describe, expect, it } from 'vitest';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { Scratch } from './scratch.ts';

describe('Scratch', () => {
  const scratch = new Scratch(64);

  it('hands out zeroed memory aligned to 8, in a row', () => {
    scratch.reset();
    scratch.octets.fill(0xff);
    expect(scratch.bytes(3) - scratch.base).toBe(0);
    expect(scratch.bytes(8) - scratch.base).toBe(8);
    expect(scratch.used).toBe(16);
    expect(scratch.bytesAt(scratch.base, 4)).toEqual(new Uint8Array([0, 0, 0, 0xff]));
    expect(scratch.u64At(scratch.base + 8)).toBe(0n);
  });

  it('ends names with NUL and refuses a NUL inside', () => {
    scratch.reset();
    const address = scratch.string('é');
    expect(scratch.bytesAt(address, 3)).toEqual(new Uint8Array([0xc3, 0xa9, 0]));
    expect(scratch.textAt(address, 2)).toBe('é');
    expect(() => scratch.string('ab\0c')).toThrow('at byte 2');
    expect(() => scratch.string(new Uint8Array([0]))).toThrow('NUL');
  });

  it('keeps data as it is, NULs and all', () => {
    scratch.reset();
    expect(scratch.bytesAt(scratch.data(new Uint8Array([1, 0, 2])), 3)).toEqual(new Uint8Array([1, 0, 2]));
  });

  it('writes operands in two’s complement and refuses what does not fit', () => {
    scratch.reset();
    expect(scratch.u64At(scratch.u64(-1n))).toBe(2n ** 64n - 1n);
    expect(scratch.u32At(scratch.u64(2n ** 32n + 5n))).toBe(5);
    expect(() => scratch.u64(2n ** 64n)).toThrow('64 bits');
    expect(() => scratch.u64(-(2n ** 63n) - 1n)).toThrow('64 bits');
  });

  it('says how much is left when it is full, and is empty again after a reset', () => {
    scratch.reset();
    scratch.bytes(60);
    expect(() => scratch.bytes(1)).toThrow('1 bytes wanted, 0 of 64 left');
    scratch.reset();
    expect(scratch.bytes(64)).toBe(scratch.base);
    expect(() => scratch.bytes(-1)).toThrow(RangeError);
    expect(() => scratch.bytes(1.5)).toThrow(RangeError);
    expect(() => scratch.bytesAt(scratch.base + 60, 5)).toThrow('not inside');
    expect(() => scratch.bytesAt(scratch.base - 1, 1)).toThrow('not inside');
  });

  it('cannot be made of no bytes, and refuses calls once released', () => {
    expect(() => new Scratch(0)).toThrow('EINVAL');
    const released = new Scratch(8);
    released.release();
    expect(sys.write(1, released.base, 1)).toBe(-ERRNO.EFAULT);
  });
});
