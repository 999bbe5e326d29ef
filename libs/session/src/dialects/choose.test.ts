import { describe, expect, it } from 'vitest';
import { INIT_FLAGS2 } from '@sluice/wire';
import { chooseDialect, dialectAt, dialectByName, dialectIndex } from './choose.ts';

describe('choosing a dialect', () => {
  it('takes mainline where the kernel offers its bit, whatever else it offers', () => {
    expect(chooseDialect({ flags: 0, flags2: INIT_FLAGS2.PASSTHROUGH }).name).toBe('mainline');
    expect(chooseDialect({ flags: 0x7fff_ffff, flags2: 0x7fff_ffff }).name).toBe('mainline');
  });

  it('takes none where no dialect’s bits are all there', () => {
    expect(chooseDialect({ flags: 0, flags2: 0 }).name).toBe('none');
    // Bit 5 of the other word is BIG_WRITES.
    expect(chooseDialect({ flags: INIT_FLAGS2.PASSTHROUGH, flags2: 0 }).name).toBe('none');
    const others = 0x7fff_ffff & ~INIT_FLAGS2.PASSTHROUGH;
    expect(chooseDialect({ flags: 0, flags2: others }).name).toBe('none');
  });

  it('finds each dialect again by its number and by its name', () => {
    for (const name of ['mainline', 'none'] as const) {
      const dialect = dialectByName(name);
      expect(dialect.name).toBe(name);
      expect(dialectAt(dialectIndex(dialect))).toBe(dialect);
    }
  });

  it('reads a number that is no dialect’s as none', () => {
    for (const index of [-1, 99, 0xffff_ffff, NaN]) expect(dialectAt(index).name).toBe('none');
  });

  it('asks for no flag, depth or open flag under none', () => {
    expect(dialectByName('none')).toMatchObject({
      bits: { flags: 0, flags2: 0 },
      maxStackDepth: 0,
      openFlags: 0,
    });
  });
});
