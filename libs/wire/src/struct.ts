/**
 * A kernel structure as a frozen table of byte offsets: `ENTRY_OUT.nodeid` is 0, `ENTRY_OUT.SIZE` is 128.
 *
 * Requests and replies are read and written in place, in memory shared with the kernel, so a structure here is not a
 * class with getters but numbers to add to an address. Field names are the kernel's; a nested structure's field gives
 * where it starts, and the nested table is added to it: `at + ENTRY_OUT.attr + ATTR.mode`.
 *
 * The kernel pads every structure by hand so that 32-bit and 64-bit programs agree on it. `struct` therefore never
 * pads: a field that would need it is a mistake in the table and throws while the module loads.
 */

/** A kind of field: its size and natural alignment in bytes. */
export interface Kind {
  readonly kind: string;
  readonly size: number;
  readonly align: number;
}

/** Offsets in bytes from the start of the structure, and its size in bytes as `SIZE`. */
export type Layout<Name extends string> = Readonly<Record<Name, number>> & { readonly SIZE: number };

/** One field of a layout, in the order of the kernel header. `offset` and `size` are bytes. */
export interface StructField {
  readonly name: string;
  readonly kind: string;
  readonly offset: number;
  readonly size: number;
}

interface Shape {
  readonly align: number;
  readonly fields: readonly StructField[];
}

export const u16: Kind = Object.freeze({ kind: 'u16', size: 2, align: 2 });
export const u32: Kind = Object.freeze({ kind: 'u32', size: 4, align: 4 });
export const i32: Kind = Object.freeze({ kind: 'i32', size: 4, align: 4 });
export const u64: Kind = Object.freeze({ kind: 'u64', size: 8, align: 8 });
export const i64: Kind = Object.freeze({ kind: 'i64', size: 8, align: 8 });

/** `count` bytes without alignment; 0 for a C flexible array, whose offset is all there is to say. */
export function bytes(count: number): Kind {
  return Object.freeze({ kind: `bytes(${String(count)})`, size: count, align: 1 });
}

/** `count` elements of `element`, aligned like one of them; 0 for a flexible array. */
export function array(element: Kind, count: number): Kind {
  return Object.freeze({
    kind: `${element.kind}[${String(count)}]`,
    size: element.size * count,
    align: element.align,
  });
}

const shapes = new WeakMap<object, Shape>();

/**
 * Lays the fields out in the order given. A field is a {@link Kind} or another layout, which nests it.
 * Throws a RangeError naming the field if it, or the end of the structure, would need padding.
 */
export function struct<const Fields extends Record<string, Kind | Layout<never>>>(
  fields: Fields,
): Layout<Extract<keyof Fields, string>> {
  const layout: Record<string, number> = {};
  const list: StructField[] = [];
  let offset = 0;
  let align = 1;
  for (const [name, field] of Object.entries(fields)) {
    if (name === 'SIZE')
      throw new RangeError('a field cannot be called SIZE: that is the size of the structure');
    const kind = kindOf(name, field);
    if (offset % kind.align !== 0) {
      throw new RangeError(
        `${name} (${kind.kind}) would start at byte ${String(offset)}: it needs a multiple of ${String(kind.align)}`,
      );
    }
    layout[name] = offset;
    list.push(Object.freeze({ name, kind: kind.kind, offset, size: kind.size }));
    offset += kind.size;
    align = Math.max(align, kind.align);
  }
  if (offset % align !== 0) {
    throw new RangeError(
      `the structure ends at byte ${String(offset)}: its size must be a multiple of ${String(align)}, so add its padding`,
    );
  }
  layout['SIZE'] = offset;
  const frozen = Object.freeze(layout) as Layout<Extract<keyof Fields, string>>;
  shapes.set(frozen, Object.freeze({ align, fields: Object.freeze(list) }));
  return frozen;
}

/** The fields of a layout made by {@link struct}, in order, for printing and for comparison with a C compiler. */
export function structFields(layout: Layout<never>): readonly StructField[] {
  const shape = shapes.get(layout);
  if (shape === undefined) throw new TypeError('not a layout: only what struct() returned has fields');
  return shape.fields;
}

function kindOf(name: string, field: Kind | Layout<never>): Kind {
  const shape = shapes.get(field);
  if (shape !== undefined) return { kind: 'struct', size: (field as Layout<never>).SIZE, align: shape.align };
  if ('kind' in field) return field;
  throw new TypeError(`${name} is neither a field kind nor a layout made by struct()`);
}
