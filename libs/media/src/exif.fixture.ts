import { join, text, u16, u32 } from './bytes.fixture.ts';

/** One entry of an IFD: bytes as they are, or IFDs that the entry points to. */
export type Entry = [tag: number, type: number, count: number, value: Uint8Array | Ifd[]];
export type Ifd = Entry[];

export interface Structure {
  little: boolean;
  ifds: Ifd[];
  magic?: number;
}

const BYTE = 1;
const ASCII = 2;
const SHORT = 3;
const LONG = 4;
const RATIONAL = 5;

/** A TIFF structure, byte by byte: each IFD, then its long values, then the IFDs it points to. */
export function tiff({ little, ifds, magic = 42 }: Structure): Uint8Array {
  const parts: Uint8Array[] = [join(little ? 'II' : 'MM', u16(magic, little), u32(8, little))];
  let length = 8;
  const place = (part: Uint8Array): number => {
    const at = length;
    const even = part.length % 2 ? join(part, [0]) : part;
    parts.push(even);
    length += even.length;
    return at;
  };
  const write = (ifd: Ifd, next: Ifd[]): number => {
    const table = new Uint8Array(2 + ifd.length * 12 + 4);
    const at = place(table);
    table.set(u16(ifd.length, little));
    ifd.forEach(([tag, type, count, value], i) => {
      let inline: Uint8Array;
      if (Array.isArray(value)) {
        const offsets = value.map((child) => u32(write(child, []), little));
        inline = offsets.length === 1 ? join(...offsets) : u32(place(join(...offsets)), little);
      } else inline = value.length <= 4 ? value : u32(place(value), little);
      table.set(join(u16(tag, little), u16(type, little), u32(count, little), inline), 2 + i * 12);
    });
    const [first, ...others] = next;
    if (first) table.set(u32(write(first, others), little), 2 + ifd.length * 12);
    return at;
  };
  const [first, ...others] = ifds;
  if (first) write(first, others);
  return join(...parts);
}

export function ascii(tag: number, value: string): Entry {
  return [tag, ASCII, value.length + 1, text(`${value}\0`)];
}

export function short(tag: number, value: number, little: boolean): Entry {
  return [tag, SHORT, 1, u16(value, little)];
}

export function bytes(tag: number, value: Uint8Array): Entry {
  return [tag, BYTE, value.length, value];
}

export function pointer(tag: number, ...ifds: Ifd[]): Entry {
  return [tag, LONG, ifds.length, ifds];
}

export function rationals(tag: number, little: boolean, ...values: number[]): Entry {
  return [tag, RATIONAL, values.length / 2, join(...values.map((value) => u32(value, little)))];
}

/** The numbers of the latitude and the longitude; no other value of the fixtures has these bytes. */
export const LATITUDE = [48, 1, 51, 1, 277_201, 10_007];
export const LONGITUDE = [2, 1, 17, 1, 420_301, 10_009];

/** A GPS IFD of all kinds of values: in the entry, and behind the table. */
export function gpsIfd(little: boolean): Ifd {
  return [
    [0, BYTE, 4, Uint8Array.of(2, 3, 0, 0)],
    ascii(1, 'N'),
    rationals(2, little, ...LATITUDE),
    ascii(3, 'E'),
    rationals(4, little, ...LONGITUDE),
    [5, BYTE, 1, Uint8Array.of(1)],
    rationals(6, little, 35, 1),
    ascii(29, '2020:01:02'),
  ];
}

/** Exif as a phone writes it: camera, orientation, date, place, and a second IFD with a thumbnail. */
export function exif(little: boolean, thumbnail?: Uint8Array): Uint8Array {
  const main: Ifd = [
    ascii(0x010f, 'Acme Cameras'),
    short(0x0112, 6, little),
    pointer(0x8769, [ascii(0x9003, '2020:01:02 10:11:12')]),
    pointer(0x8825, gpsIfd(little)),
  ];
  if (!thumbnail) return tiff({ little, ifds: [main] });
  // The thumbnail is the value of a tag nobody knows: so the writer places it, and its offset is found afterwards.
  const second: Ifd = [
    [0x0201, LONG, 1, u32(0, little)],
    [0x0202, LONG, 1, u32(thumbnail.length, little)],
    [0xfde8, 7, thumbnail.length, thumbnail],
  ];
  const structure = tiff({ little, ifds: [main, second] });
  const at = Buffer.from(structure).indexOf(Buffer.from(thumbnail));
  const entry = Buffer.from(structure).indexOf(Buffer.from(join(u16(0x0201, little), u16(LONG, little))));
  structure.set(u32(at, little), entry + 8);
  return structure;
}

/** The text of the rationals as they lie in a file. */
export function rationalBytes(little: boolean, values: number[]): Uint8Array {
  return join(...values.map((value) => u32(value, little)));
}

/** What a reader of its own, in no hurry and with no limits, reads: tag → value bytes, of all IFDs it can reach. */
export function readExif(structure: Uint8Array): Map<string, string> {
  const view = new DataView(structure.buffer, structure.byteOffset, structure.byteLength);
  const little = structure[0] === 0x49;
  const found = new Map<string, string>();
  const walk = (offset: number, name: string): void => {
    const count = view.getUint16(offset, little);
    for (let i = 0; i < count; i++) {
      const entry = offset + 2 + i * 12;
      const tag = view.getUint16(entry, little);
      const bytesEach = [0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8][view.getUint16(entry + 2, little)] ?? 1;
      const length = view.getUint32(entry + 4, little) * bytesEach;
      const at = length <= 4 ? entry + 8 : view.getUint32(entry + 8, little);
      const value = Buffer.from(structure.subarray(at, at + length));
      found.set(`${name}:${tag.toString(16)}`, value.toString('latin1'));
      if (tag === 0x8769) walk(view.getUint32(entry + 8, little), 'exif');
      if (tag === 0x8825) walk(view.getUint32(entry + 8, little), 'gps');
    }
    const next = name === 'main' ? view.getUint32(offset + 2 + count * 12, little) : 0;
    if (next > 0) walk(next, 'next');
  };
  walk(view.getUint32(4, little), 'main');
  return found;
}
