import { describe, expect, it } from 'vitest';
import { formatBytes, formatCount, formatDuration, parseSize } from './units.ts';

describe('a size on the command line', () => {
  it('is read with binary and decimal units', () => {
    expect(parseSize('0')).toBe(0);
    expect(parseSize('4096')).toBe(4096);
    expect(parseSize('1MiB')).toBe(1_048_576);
    expect(parseSize('1.5 GiB')).toBe(1_610_612_736);
    expect(parseSize('2kB')).toBe(2000);
    expect(parseSize('8191TiB')).toBe(8191 * 2 ** 40);
  });

  it('is not read when it is no whole number of bytes that a number can hold', () => {
    const wrong = ['', '-1', '1.5', '1 M', '1mib', '1MiB2', 'MiB', '0x10', '1e3', '8192TiB', '1constructor'];
    for (const text of wrong) expect(parseSize(text), text).toBeUndefined();
  });
});

describe('a quantity on the screen', () => {
  it('shows bytes with three digits', () => {
    const shown = [0, 999, 1000, 1536, 10_485_760, 157_286_400, 2 ** 53].map(formatBytes);
    expect(shown).toEqual(['0 B', '999 B', '0.98 KiB', '1.50 KiB', '10.0 MiB', '150 MiB', '8192 TiB']);
  });

  it('shows durations in their two largest units', () => {
    const shown = [-5, 999, 61_000, 3_600_000, 97_200_000, 86_400_000 * 3].map(formatDuration);
    expect(shown).toEqual(['0 s', '0 s', '1 min 1 s', '1 h', '1 d 3 h', '3 d']);
  });

  it('shows counts in groups of three', () => {
    expect(formatCount(1_234_567)).toBe('1,234,567');
  });
});
