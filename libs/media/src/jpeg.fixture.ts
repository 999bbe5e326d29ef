import { join, pixels, text, u16, u32 } from './bytes.fixture.ts';
import { tiff } from './exif.fixture.ts';

export function segment(marker: number, ...payload: (Uint8Array | string)[]): Uint8Array {
  const data = join(...payload);
  return join([0xff, marker], u16(data.length + 2), data);
}

/** Tables and a scan, as far as a reader of segments looks at them. */
export function jpeg(...segments: Uint8Array[]): Uint8Array {
  return join(
    [0xff, 0xd8],
    ...segments,
    segment(0xdb, pixels(65)),
    segment(0xda, text('\x03\x01\x00\x02\x11\x03\x11\x00\x3f\x00')),
    pixels(3000),
    [0xff, 0xd9],
  );
}

export function exifSegment(structure: Uint8Array): Uint8Array {
  return segment(0xe1, 'Exif\0\0', structure);
}

export function xmpSegment(packet: string): Uint8Array {
  return segment(0xe1, 'http://ns.adobe.com/xap/1.0/\0', packet);
}

export const GUID = '0123456789ABCDEF0123456789ABCDEF';

export function extendedXmpSegment(full: string, offset: number, length: number, guid = GUID): Uint8Array {
  return segment(
    0xe1,
    'http://ns.adobe.com/xmp/extension/\0',
    guid,
    u32(full.length),
    u32(offset),
    full.slice(offset, offset + length),
  );
}

/** A multi-picture file: the index in the first picture tells where the others are. */
export function multiPicture(first: Uint8Array[], second: Uint8Array): Uint8Array {
  const index = (size: number, offset: number): Uint8Array => {
    const entries = join(u32(0x30000), u32(0), u32(0), u32(0), u32(0), u32(size), u32(offset), u32(0));
    return segment(0xe2, 'MPF\0', tiff({ little: false, ifds: [[[0xb002, 7, 32, entries]]] }));
  };
  const whole = jpeg(index(0, 0), ...first);
  const base = 2 + 4 + 4;
  return join(jpeg(index(second.length, whole.length - base), ...first), second);
}

/** Photoshop image resources. */
export function resources(...blocks: [id: number, data: Uint8Array][]): Uint8Array {
  return segment(
    0xed,
    'Photoshop 3.0\0',
    ...blocks.map(([id, data]) =>
      join('8BIM', u16(id), '\0\0', u32(data.length), data, data.length % 2 ? '\0' : ''),
    ),
  );
}

/** IPTC data sets of record 2. */
export function dataSets(...sets: [dataSet: number, value: string][]): Uint8Array {
  return join(...sets.map(([dataSet, value]) => join([0x1c, 2, dataSet], u16(value.length), value)));
}
