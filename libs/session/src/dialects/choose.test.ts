import { describe, expect, it } from 'vitest';
import { ANDROID_INIT_FLAGS, ANDROID_INIT_FLAGS2, FOPEN, INIT_FLAGS2 } from '@sluice/wire';
import { DIALECT_NAMES, chooseDialect, dialectAt, dialectByName, dialectIndex } from './choose.ts';

const NOTHING = { minor: 45, flags: 0, flags2: 0 };

describe('choosing a dialect', () => {
  it('takes mainline where the kernel offers its bit, whatever else it offers', () => {
    expect(chooseDialect({ ...NOTHING, flags2: INIT_FLAGS2.PASSTHROUGH }).name).toBe('mainline');
    expect(chooseDialect({ minor: 45, flags: 0xffff_ffff, flags2: 0xffff_ffff }).name).toBe('mainline');
    expect(chooseDialect({ minor: 40, flags: 0x7fff_ffff, flags2: 0x7fff_ffff }).name).toBe('mainline');
  });

  it('takes none where no dialect’s bits are all there', () => {
    expect(chooseDialect(NOTHING).name).toBe('none');
    // Bit 5 of the other word is BIG_WRITES.
    expect(chooseDialect({ ...NOTHING, flags: INIT_FLAGS2.PASSTHROUGH }).name).toBe('none');
    const others = 0x7fff_ffff & ~INIT_FLAGS2.PASSTHROUGH;
    expect(chooseDialect({ ...NOTHING, flags2: others }).name).toBe('none');
  });

  it.each([
    ['4.19 with V1, until it says otherwise', 27, ANDROID_INIT_FLAGS.PASSTHROUGH, 0, 'android-v2'],
    ['4.14 with V0, until it says otherwise', 26, ANDROID_INIT_FLAGS.PASSTHROUGH, 0, 'android-v2'],
    ['5.10', 32, ANDROID_INIT_FLAGS.PASSTHROUGH, 0, 'android-v2'],
    ['5.15, which also offers SUBMOUNTS', 34, 0x8fff_ffff, 0, 'android-v2'],
    ['Android 6.1', 37, 0x7fff_fffb, ANDROID_INIT_FLAGS2.PASSTHROUGH, 'android-v2'],
    [
      'protocol 7.35, the last with the bit in the first word',
      35,
      ANDROID_INIT_FLAGS.PASSTHROUGH,
      0,
      'android-v2',
    ],
    ['protocol 7.36, where that bit is reserved', 36, ANDROID_INIT_FLAGS.PASSTHROUGH, 0, 'none'],
    ['protocol 7.35 with bit 31 of a word it does not have', 35, 0, ANDROID_INIT_FLAGS2.PASSTHROUGH, 'none'],
    ['the earliest', 27, ANDROID_INIT_FLAGS.PASSTHROUGH_UNIQUE, 0, 'android-unique'],
    ['protocol 7.32, where that bit is SUBMOUNTS', 32, ANDROID_INIT_FLAGS.PASSTHROUGH_UNIQUE, 0, 'none'],
    ['Debian 6.1', 38, 0x7fff_fffb, 0x0000_000d, 'none'],
    ['mainline 6.18', 45, 0x7fff_fffb, 0x0000_05fd, 'mainline'],
    ['Android 6.12', 41, 0x7fff_fffb, 0x0000_01fd, 'mainline'],
  ])('of %s (7.%i)', (_, minor, flags, flags2, name) => {
    expect(chooseDialect({ minor, flags, flags2 }).name).toBe(name);
  });

  it('finds each dialect again by its number and by its name', () => {
    expect(DIALECT_NAMES).toHaveLength(6);
    for (const name of DIALECT_NAMES) {
      const dialect = dialectByName(name);
      expect(dialect.name).toBe(name);
      expect(dialectAt(dialectIndex(dialect))).toBe(dialect);
    }
  });

  it('reads a number that is no dialect’s as none', () => {
    for (const index of [-1, 99, 0xffff_ffff, NaN]) expect(dialectAt(index).name).toBe('none');
  });

  it('asks for no flag, depth or open flag under none', () => {
    const none = dialectByName('none');
    expect(none).toMatchObject({ maxStackDepth: 0, openFlags: 0 });
    expect(none.accepts({ minor: 45, flags: 0xffff_ffff, flags2: 0xffff_ffff })).toEqual({
      flags: 0,
      flags2: 0,
    });
  });

  it('ends, from every dialect, where ENOTTY leads on', () => {
    for (const name of DIALECT_NAMES) {
      const seen: string[] = [];
      for (let at = dialectByName(name); at.otherwise !== undefined; at = dialectByName(at.otherwise)) {
        expect(seen).not.toContain(at.name);
        seen.push(at.name);
      }
    }
  });

  it('never keeps pages beside passthrough, which is EIO on mainline and serves old bytes on Android', () => {
    for (const name of DIALECT_NAMES) expect(dialectByName(name).openFlags & FOPEN.KEEP_CACHE).toBe(0);
  });
});
