import { describe, expect, it } from 'vitest';
import { join, occurrences, pixels, redact, text, u16, u32 } from './bytes.fixture.ts';
import { exif, LATITUDE, rationalBytes } from './exif.fixture.ts';
import { box, fullBox, heif, movie, type Item } from './iso.fixture.ts';
import { LIMITS } from './limits.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { PLACED } from './xmp.fixture.ts';

const latitude = rationalBytes(true, LATITUDE);
const RDF = 'application/rdf+xml\0';

const image: Item = { id: 1, type: 'hvc1', data: pixels(900) };
const exifItem: Item = { id: 2, type: 'Exif', data: join(u32(6), 'Exif\0\0', exif(true)) };
const xmpItem: Item = { id: 3, type: 'mime', mime: RDF, data: text(PLACED) };
const secret = text('Sentinelville');
const hidden = (type: string, mime: string, more: Partial<Item> = {}): Item => ({
  id: 4,
  type,
  mime,
  data: secret,
  ...more,
});

/** What `heif` puts before its boxes. */
const FTYP = 24;

describe('a HEIF', () => {
  it.each([
    ['items in the file', 0, 4, 1],
    ['items in the file, without methods', 0, 4, 0],
    ['items in the file, with long item numbers', 0, 4, 2],
    ['items in the file, at 64-bit offsets', 0, 8, 1],
    ['items in idat', 1, 4, 1],
  ] as const)('loses the place in Exif and XMP %s', (_, method, width, version) => {
    const file = heif([image, { ...exifItem, method }, { ...xmpItem, method }], width, version);
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.heif);
    expect(occurrences(file, latitude)).toBe(1);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, '>Tower<')).toBe(1);
    expect(occurrences(after, pixels(900))).toBe(1);
  });

  it.each<[string, Item]>([
    ['Exif in several extents', { ...exifItem, extents: 3 }],
    ['XMP in several extents', { ...xmpItem, extents: 2 }],
    ['protected Exif', { ...exifItem, protection: 1 }],
    ['encoded XMP', { ...xmpItem, mime: `${RDF}deflate\0` }],
    ['malformed Exif', { ...exifItem, data: join(u32(0), 'XX*\0', secret) }],
    ['Exif whose structure begins beyond its end', { ...exifItem, data: join(u32(0xfffffff0), secret) }],
    ['malformed XMP', { ...xmpItem, data: secret }],
    ['metadata of another kind', hidden('mime', 'application/geo+json\0')],
  ])('loses %s whole', (_, item) => {
    const file = heif([image, item]);
    const { bytes: after } = redact(file);
    const kept = item.type === 'Exif' ? 4 : 0;
    expect(occurrences(file, item.data)).toBe(item.extents ? 1 : 1);
    const at = Buffer.from(file).indexOf(Buffer.from(item.data));
    expect(after.subarray(at + kept, at + item.data.length).every((byte) => byte === 0)).toBe(true);
    expect(occurrences(after, pixels(900))).toBe(1);
  });

  it('keeps pictures that are MIME items, and items of other types', () => {
    expect(redact(heif([image, hidden('mime', 'image/jpeg\0'), hidden('uri ', '')])).ranges).toEqual([]);
  });

  it('loses the items that metadata is made of, and all where it does not say which', () => {
    const made: Item = { ...exifItem, method: 2 };
    const part: Item = { id: 9, type: 'data', data: secret };
    const whole = heif([image, made, part]);
    expect(redact(whole).ranges).toEqual([[FTYP, whole.length]]);
    const parts = [image, made, part];
    const iref = fullBox('iref', 0, box('iloc', u16(2), u16(1), u16(9)));
    // The reference is put in at the end of `meta`: all offsets of the file move on by its length.
    const moved = heif(
      parts.map((item) => ({ ...item })),
      4,
      1,
    );
    const meta = FTYP;
    const metaEnd = meta + Buffer.from(moved).readUInt32BE(meta);
    const file = join(moved.subarray(0, metaEnd), iref, moved.subarray(metaEnd));
    file.set(u32(metaEnd - meta + iref.length), meta);
    const ilocAt = Buffer.from(file).indexOf('iloc') + 4 + 4 + 2 + 2;
    parts.forEach((item, i) => {
      const base = ilocAt + i * 20 + 6;
      if (item.method !== 2) file.set(u32(Buffer.from(file).readUInt32BE(base) + iref.length), base);
    });
    const { bytes: after, ranges } = redact(file);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(ranges).toHaveLength(1);
    expect(occurrences(after, pixels(900))).toBe(1);
  });

  it.each<[string, (file: Buffer) => void]>([
    ['iinf that goes beyond meta', (file) => file.writeUInt32BE(60_000, file.indexOf('iinf') - 4)],
    ['infe that goes beyond iinf', (file) => file.writeUInt32BE(6000, file.indexOf('infe') - 4)],
    ['infe of size 0', (file) => file.writeUInt32BE(0, file.indexOf('infe') - 4)],
    ['infe of size 7', (file) => file.writeUInt32BE(7, file.indexOf('infe') - 4)],
    ['iloc of an unknown version', (file) => file.writeUInt8(3, file.indexOf('iloc') + 4)],
    ['iloc with offsets of 3 bytes', (file) => file.writeUInt8(0x34, file.indexOf('iloc') + 8)],
    [
      'iloc with more items than it has room for',
      (file) => file.writeUInt16BE(65_535, file.indexOf('iloc') + 10),
    ],
    [
      'iloc with more extents than it has room for',
      (file) => file.writeUInt16BE(65_535, file.indexOf('iloc') + 12 + 10),
    ],
    ['Exif made in a way unknown', (file) => file.writeUInt16BE(7, file.indexOf('iloc') + 12 + 20 + 2)],
    ['a second iinf', (file) => file.write('iinf', file.indexOf('pitm'))],
  ])('with %s is hidden but for its first box', (_, change) => {
    const file = heif([image, exifItem, xmpItem]);
    change(Buffer.from(file.buffer, file.byteOffset, file.length));
    expect(redact(file).ranges).toEqual([[FTYP, file.length]]);
  });

  it('reads 65,535 items, and hides all where their extents are beyond the limit', () => {
    const most = 65_535;
    const build = (): Uint8Array => {
      const infe = join(
        ...Array.from({ length: most }, (_, i) => fullBox('infe', 2, u16(i + 1), u16(0), 'hvc1', '\0')),
      );
      infe.set(text('Exif'), (most - 1) * 21 + 16);
      const iloc = join(
        ...Array.from({ length: most }, (_, i) => join(u16(i + 1), u16(0), u16(1), u32(8), u32(4))),
      );
      const meta = fullBox(
        'meta',
        0,
        fullBox('hdlr', 0, u32(0), 'pict'),
        fullBox('iinf', 0, u16(most), infe),
        fullBox('iloc', 0, [0x44, 0], u16(most), iloc),
      );
      return join(box('ftyp', 'heic', u32(0), 'mif1heic'), meta);
    };
    expect(redact(build()).hidden).toBe(0);
    // Extents in an idat that is not there, written in no bytes: as many as one likes take no room.
    const empty = fullBox(
      'iloc',
      1,
      [0, 0],
      u16(5),
      ...Array.from({ length: 5 }, () => join(u16(1), u16(1), u16(0), u16(most))),
    );
    const file = join(
      box('ftyp', 'heic', u32(0), 'mif1heic'),
      fullBox(
        'meta',
        0,
        fullBox('hdlr', 0, u32(0), 'pict'),
        fullBox('iinf', 0, u16(1), fullBox('infe', 2, u16(1), u16(0), 'Exif', '\0')),
        empty,
      ),
    );
    expect(5 * most).toBeGreaterThan(LIMITS.entries);
    expect(redact(file).ranges).toEqual([[FTYP, file.length]]);
  });

  it('with more metadata items than the limit is hidden but for its first box', () => {
    const items = (count: number): Item[] =>
      Array.from({ length: count }, (_, i) => hidden('mime', 'text/plain\0', { id: i + 1 }));
    const most = redact(heif(items(LIMITS.metadataItems)));
    expect(occurrences(most.bytes, 'Sentinelville')).toBe(0);
    expect(most.ranges).toHaveLength(1);
    const over = heif(items(LIMITS.metadataItems + 1));
    expect(redact(over).ranges).toEqual([[FTYP, over.length]]);
  });

  it('loses the place in the video of a motion photo', () => {
    const video = movie([box('udta', box('\xa9xyz', secret))]);
    const file = join(heif([image]), box('mpvd', video));
    expect(occurrences(redact(file).bytes, 'Sentinelville')).toBe(0);
  });
});

describe('a JPEG XL', () => {
  const start = box('JXL ', '\r\n\x87\n');

  it('loses the place in Exif and XMP, and what is compressed whole', () => {
    const file = join(
      start,
      box('ftyp', 'jxl ', u32(0), 'jxl '),
      box('Exif', u32(0), exif(true)),
      box('xml ', PLACED),
      box('brob', 'xml ', secret),
      box('jxlc', pixels(500)),
    );
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.jxl);
    expect(occurrences(file, latitude)).toBe(1);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, 'Tower')).toBe(1);
    expect(occurrences(after, pixels(500))).toBe(1);
  });
});
