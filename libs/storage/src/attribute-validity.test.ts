import { describe, expect, it } from 'vitest';
import { attributeNanoseconds } from './attribute-validity.ts';
import type { Volume } from './volume.ts';

/** Nanoseconds for a directory and for a file. */
function valid(validSeconds: number, validNanoseconds: number): number[] {
  const volume = { validSeconds, validNanoseconds } as Volume;
  return [attributeNanoseconds(volume, true, -1), attributeNanoseconds(volume, false, -1)];
}

describe('attributes', () => {
  it('of directories are valid for the least the kernel knows where others are not valid at all', () => {
    expect(valid(0, 0)).toEqual([1, 0]);
  });

  it('are valid for as long as the volume says otherwise', () => {
    expect(valid(1, 0)).toEqual([0, 0]);
    expect(valid(0, 5_000_000)).toEqual([5_000_000, 5_000_000]);
  });
});
