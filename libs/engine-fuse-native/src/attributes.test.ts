import { describe, expect, it } from 'vitest';
import { foldIno, inLargerBlocks } from './attributes.ts';

describe('an inode number in 32 bits', () => {
  it('is itself where it fits, and never 0', () => {
    expect(foldIno(4_294_967_295n)).toBe(4_294_967_295);
    expect(foldIno(0x1_0000_0001n)).toBe(1);
    expect(foldIno(0x2_0000_0001n)).toBe(3);
  });
});

describe('a large file system', () => {
  const facts = { bsize: 4096, files: 9, ffree: 8, favail: 8, namemax: 255 };

  it('is told in blocks so large that 32 bits count them', () => {
    const large = { ...facts, frsize: 4096, blocks: 2 ** 34, bfree: 2 ** 33, bavail: 2 ** 32 };
    const told = inLargerBlocks(large);
    expect(told.blocks).toBeLessThan(2 ** 32);
    expect(told.blocks * told.frsize).toBe(large.blocks * large.frsize);
    expect(told.bavail * told.frsize).toBe(large.bavail * large.frsize);
  });

  it('stays what it is where they fit', () => {
    const small = { ...facts, frsize: 4096, blocks: 2 ** 32 - 1, bfree: 5, bavail: 4 };
    expect(inLargerBlocks(small)).toEqual(small);
  });
});
