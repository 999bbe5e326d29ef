import { describe, expect, it } from 'vitest';
import * as flags from './index.ts';
import { FOPEN, INIT_FLAGS, INIT_FLAGS2, IOCTL_FLAGS, flagNames } from './index.ts';
import { bit } from './flag-set.ts';

describe('flagNames', () => {
  it('names the bits set, in the order of the set', () => {
    expect(flagNames(FOPEN, 0x81)).toEqual(['DIRECT_IO', 'PASSTHROUGH']);
    expect(flagNames(IOCTL_FLAGS, 9)).toEqual(['COMPAT', '32BIT']);
  });

  it('names bit 31 whether the word was read signed or unsigned', () => {
    expect(flagNames(INIT_FLAGS, 0x8000_0000)).toEqual(['INIT_RESERVED']);
    expect(flagNames(INIT_FLAGS, 1 << 31)).toEqual(['INIT_RESERVED']);
  });

  it('keeps bits without a name as one hexadecimal number', () => {
    expect(flagNames(INIT_FLAGS2, 0x8000_0820)).toEqual(['PASSTHROUGH', '0x80000800']);
  });

  it('gives nothing for no flags', () => {
    expect(flagNames(FOPEN, 0)).toEqual([]);
  });
});

describe('the flag sets', () => {
  it('are unsigned single bits, each named once, but for the notify codes', () => {
    for (const [name, set] of Object.entries(flags)) {
      if (typeof set === 'function' || name === 'NOTIFY') continue;
      const values = Object.values(set);
      for (const value of values) expect(value).toBe(bit(Math.log2(value)));
      expect(new Set(values).size).toBe(values.length);
    }
  });

  it('split the 64 INIT bits into two words', () => {
    expect(2 ** 32 * INIT_FLAGS2.PASSTHROUGH).toBe(2 ** 37);
    expect(2 ** 32 * INIT_FLAGS2.REQUEST_TIMEOUT).toBe(2 ** 42);
    expect(INIT_FLAGS.INIT_EXT).toBe(2 ** 30);
  });

  it('keep the passthrough bits of Android apart from the mainline meanings of the same bits', () => {
    expect(flags.ANDROID_INIT_FLAGS.PASSTHROUGH).toBe(INIT_FLAGS.INIT_RESERVED);
    expect(flags.ANDROID_INIT_FLAGS.PASSTHROUGH_UNIQUE).toBe(INIT_FLAGS.SUBMOUNTS);
    expect(flags.ANDROID_INIT_FLAGS2.PASSTHROUGH).toBe(0x8000_0000);
  });
});
