import { describe, expect, it } from 'vitest';
import { structFields } from '../struct.ts';
import type { Layout } from '../struct.ts';
import * as structs from './index.ts';
import { direntPlusSize, direntSize } from './index.ts';
import { LITERALS } from './literals.fixture.ts';

const layouts = structs as unknown as Readonly<Record<string, Layout<never>>>;

function valueAt(view: DataView, kind: string, offset: number): number | bigint | undefined {
  switch (kind) {
    case 'u16':
      return view.getUint16(offset, true);
    case 'u32':
      return view.getUint32(offset, true);
    case 'i32':
      return view.getInt32(offset, true);
    case 'u64':
      return view.getBigUint64(offset, true);
    case 'i64':
      return view.getBigInt64(offset, true);
    default:
      return undefined;
  }
}

describe('the structures', () => {
  for (const { name, lines } of LITERALS) {
    it(`read ${name} from its bytes field by field`, () => {
      const layout = layouts[name];
      if (layout === undefined) throw new Error(`no layout ${name}`);
      const literal = Buffer.from(lines.map((line) => line[1].replaceAll(' ', '')).join(''), 'hex');
      const view = new DataView(literal.buffer, literal.byteOffset, literal.length);

      let place = 0;
      const expected = lines.map(([field, hex, value]) => {
        const offset = place;
        place += hex.replaceAll(' ', '').length / 2;
        return { field, offset, value };
      });
      const found = structFields(layout).map((field) => ({
        field: field.name,
        offset: field.offset,
        value: valueAt(view, field.kind, field.offset),
      }));
      expect(found).toEqual(expected);
      expect(layout.SIZE).toBe(literal.length);
    });
  }

  it('have the sizes a daemon relies on', () => {
    const sizes = Object.fromEntries(
      [
        'IN_HEADER',
        'OUT_HEADER',
        'ATTR',
        'ENTRY_OUT',
        'ATTR_OUT',
        'OPEN_OUT',
        'INIT_OUT',
        'STATX_OUT',
        'DIRENTPLUS',
      ].map((name) => [name, layouts[name]?.SIZE]),
    );
    expect(sizes).toEqual({
      IN_HEADER: 40,
      OUT_HEADER: 16,
      ATTR: 88,
      ENTRY_OUT: 128,
      ATTR_OUT: 104,
      OPEN_OUT: 16,
      INIT_OUT: 64,
      STATX_OUT: 288,
      DIRENTPLUS: 152,
    });
  });
});

describe('directory entries', () => {
  it('take a multiple of 8 bytes, name included', () => {
    expect([1, 7, 8, 9, 255].map(direntSize)).toEqual([32, 32, 32, 40, 280]);
    expect([1, 8, 9, 255].map(direntPlusSize)).toEqual([160, 160, 168, 408]);
  });
});
