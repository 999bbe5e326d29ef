import { describe, expect, it } from 'vitest';
import { array, bytes, i32, struct, structFields, u16, u32, u64 } from './struct.ts';

describe('struct', () => {
  it('gives each field the offset after the one before it, and the size as SIZE', () => {
    expect(struct({ a: u32, b: u16, c: u16, d: u64 })).toEqual({ a: 0, b: 4, c: 6, d: 8, SIZE: 16 });
  });

  it('gives a nested structure the offset where it starts', () => {
    const inner = struct({ x: u32, y: u32 });
    expect(struct({ head: u64, inner, tail: inner })).toEqual({ head: 0, inner: 8, tail: 16, SIZE: 24 });
  });

  it('lays out bytes without alignment and arrays with that of their elements', () => {
    expect(struct({ a: u16, b: bytes(2), c: array(u32, 3) })).toEqual({ a: 0, b: 2, c: 4, SIZE: 16 });
    expect(() => struct({ a: u16, c: array(u32, 1), d: u16 })).toThrow(
      'c (u32[1]) would start at byte 2: it needs a multiple of 4',
    );
  });

  it('gives a flexible array an offset and no size', () => {
    expect(struct({ count: u32, rest: array(u32, 0) })).toEqual({ count: 0, rest: 4, SIZE: 4 });
  });

  it('refuses a field that would need padding before it, naming the field', () => {
    expect(() => struct({ a: u32, b: u64 })).toThrow(
      'b (u64) would start at byte 4: it needs a multiple of 8',
    );
  });

  it('takes the alignment of a nested structure from its widest field', () => {
    const inner = struct({ x: u64 });
    expect(() => struct({ a: u32, inner, b: u32 })).toThrow('inner (struct) would start at byte 4');
  });

  it('refuses a structure that would need padding at its end', () => {
    expect(() => struct({ a: u64, b: i32 })).toThrow('ends at byte 12: its size must be a multiple of 8');
  });

  it('refuses a field called SIZE and a field that is neither a kind nor a layout', () => {
    expect(() => struct({ SIZE: u32 })).toThrow('a field cannot be called SIZE');
    expect(() => struct({ a: { SIZE: 8 } })).toThrow('a is neither a field kind nor a layout');
  });

  it('freezes the table', () => {
    const layout = struct({ a: u32 });
    expect(() => {
      (layout as { a: number }).a = 1;
    }).toThrow(TypeError);
  });

  it('lists the fields of a layout in their order, and refuses what is not one', () => {
    expect(structFields(struct({ a: u32, b: i32 }))).toEqual([
      { name: 'a', kind: 'u32', offset: 0, size: 4 },
      { name: 'b', kind: 'i32', offset: 4, size: 4 },
    ]);
    expect(() => structFields({ SIZE: 4 })).toThrow('not a layout');
  });
});
