import { describe, expect, it } from 'vitest';
import { join, occurrences, pixels, redact, text, u16, u32 } from './bytes.fixture.ts';
import {
  ascii,
  bytes,
  exif,
  gpsIfd,
  LATITUDE,
  LONGITUDE,
  pointer,
  rationalBytes,
  readExif,
  short,
  tiff,
} from './exif.fixture.ts';
import { exifSegment, jpeg } from './jpeg.fixture.ts';
import { LIMITS } from './limits.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { PLACED } from './xmp.fixture.ts';

/** Where the Exif structure of `jpeg(exifSegment(..))` begins. */
const IN_JPEG = 12;

function hiddenExif(structure: Uint8Array): Uint8Array {
  return redact(jpeg(exifSegment(structure))).bytes.subarray(IN_JPEG, IN_JPEG + structure.length);
}

function isZero(part: Uint8Array): boolean {
  return part.every((byte) => byte === 0);
}

describe.each([
  ['little-endian', true],
  ['big-endian', false],
])('%s Exif', (_, little) => {
  const structure = exif(little, jpeg());
  const gps = ['1', '2', '3', '4', '5', '6', '1d'].map((tag) => `gps:${tag}`);

  it('loses all values of its GPS IFD and nothing else', () => {
    const before = readExif(structure);
    const after = readExif(hiddenExif(structure));
    for (const tag of gps) {
      expect(before.get(tag), tag).toMatch(/[^\0]/);
      expect(after.get(tag), tag).toMatch(/^\0+$/);
    }
    expect([...before.keys()]).toEqual([...after.keys()]);
    for (const [tag, value] of before) if (!gps.includes(tag)) expect(after.get(tag), tag).toBe(value);
    expect(after.get('gps:0')).toBe('\x02\x03\0\0');
    expect(after.get('main:112')).toBe(before.get('main:112'));
    expect(after.get('exif:9003')).toBe('2020:01:02 10:11:12\0');
  });

  it('keeps no trace of the numbers anywhere in the file', () => {
    const file = jpeg(exifSegment(structure));
    const after = redact(file).bytes;
    for (const values of [LATITUDE, LONGITUDE]) {
      expect(occurrences(file, rationalBytes(little, values))).toBe(1);
      expect(occurrences(after, rationalBytes(little, values))).toBe(0);
    }
  });

  it('is found in a TIFF file, with its XMP and the GPS IFDs of its sub-IFDs', () => {
    const file = tiff({
      little,
      ifds: [
        [
          ascii(0x010f, 'Acme'),
          pointer(0x014a, [pointer(0x8825, gpsIfd(little))], [bytes(0x02bc, text(PLACED))]),
        ],
        [pointer(0x8825, gpsIfd(little))],
      ],
    });
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.tiff);
    expect(occurrences(file, rationalBytes(little, LATITUDE))).toBe(2);
    expect(occurrences(after, rationalBytes(little, LATITUDE))).toBe(0);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, 'Tower')).toBe(1);
    expect(occurrences(after, 'Acme')).toBe(1);
  });

  it.each([0x4f52, 0x5352, 0x55])('is found in a raw file of magic %i', (magic) => {
    const file = tiff({ little, magic, ifds: [[pointer(0x8825, gpsIfd(little)), short(0x112, 6, little)]] });
    const after = redact(file);
    expect(after.format).toBe(MEDIA_FORMAT.tiff);
    expect(occurrences(after.bytes, rationalBytes(little, LATITUDE))).toBe(0);
  });

  it('is found in the JPEG that a Panasonic raw file holds', () => {
    const inner = jpeg(exifSegment(exif(little)));
    const file = tiff({ little, magic: 0x55, ifds: [[[0x2e, 7, inner.length, inner]]] });
    expect(occurrences(file, rationalBytes(little, LATITUDE))).toBe(1);
    const after = redact(file).bytes;
    expect(occurrences(after, rationalBytes(little, LATITUDE))).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
  });

  it('is found in a thumbnail that has Exif of its own', () => {
    const after = hiddenExif(exif(little, jpeg(exifSegment(exif(little)))));
    expect(occurrences(after, rationalBytes(little, LATITUDE))).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(2);
  });

  it('is hidden whole where it is malformed', () => {
    const gpsEntry = (tag: number, type: number, count: number, value: Uint8Array): Uint8Array =>
      tiff({
        little,
        ifds: [[ascii(0x10f, 'Acme'), pointer(0x8825, [[tag, type, count, value], ...gpsIfd(little)])]],
      });
    const main = (tag: number, type: number, count: number, value: Uint8Array): Uint8Array =>
      tiff({
        little,
        ifds: [[ascii(0x10f, 'Acme'), [tag, type, count, value], pointer(0x8825, gpsIfd(little))]],
      });
    const malformed: Record<string, Uint8Array> = {
      'no byte order': join('XX', structure.subarray(2)),
      'a wrong magic': join(structure.subarray(0, 2), u16(41, little), structure.subarray(4)),
      BigTIFF: join(structure.subarray(0, 2), u16(43, little), structure.subarray(4)),
      'a first IFD beyond the end': join(
        structure.subarray(0, 4),
        u32(70_000, little),
        structure.subarray(8),
      ),
      'a table beyond the end': join(structure.subarray(0, 8), u16(9000, little), structure.subarray(10)),
      'a GPS value beyond the end': gpsEntry(31, 2, 100, u32(65_000, little)),
      'a GPS value of 2^32 - 1 rationals': gpsEntry(31, 5, 0xffffffff, u32(8, little)),
      'a GPS value of no type': gpsEntry(31, 0, 1, u32(1, little)),
      'a GPS value of an unknown type': gpsEntry(31, 99, 1, u32(1, little)),
      'a GPS IFD beyond the end': main(0x8825, 4, 1, u32(65_000, little)),
      'a GPS IFD at the last byte': main(0x8825, 4, 1, u32(0xffffffff, little)),
      'a GPS pointer that is a text': main(0x8825, 2, 4, u32(8, little)),
      'an Exif IFD beyond the end': main(0x8769, 4, 1, u32(65_000, little)),
      'XMP beyond the end': main(0x2bc, 1, 60_000, u32(8, little)),
    };
    for (const [what, block] of Object.entries(malformed)) expect(isZero(hiddenExif(block)), what).toBe(true);
    expect(isZero(hiddenExif(structure))).toBe(false);
  });

  it('of a BigTIFF file is hidden with all but its header', () => {
    const file = join(structure.subarray(0, 2), u16(43, little), structure.subarray(4));
    expect(redact(file)).toMatchObject({ format: MEDIA_FORMAT.tiff, ranges: [[8, file.length]] });
  });

  it('stays where only the link to the next IFD leads nowhere', () => {
    const changed = exif(little);
    const table = 8 + 2 + 4 * 12;
    changed.set(u32(0xfffffff0, little), table);
    const after = hiddenExif(changed);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
    expect(occurrences(after, rationalBytes(little, LATITUDE))).toBe(0);
  });

  it('stays where its pointer to a GPS IFD is 0', () => {
    const empty = tiff({ little, ifds: [[ascii(0x10f, 'Acme Cameras'), [0x8825, 4, 1, u32(0, little)]]] });
    expect(redact(jpeg(exifSegment(empty))).ranges).toEqual([]);
  });

  it('ends where its IFDs go round in circles', () => {
    const changed = exif(little);
    changed.set(u32(8, little), 8 + 2 + 4 * 12);
    expect(occurrences(hiddenExif(changed), 'Acme Cameras')).toBe(1);
    // The GPS IFD is the main IFD: read as both, once each.
    const circle = tiff({
      little,
      ifds: [
        [
          [0x8825, 4, 1, u32(8, little)],
          [0x8769, 4, 1, u32(8, little)],
        ],
      ],
    });
    expect(redact(jpeg(exifSegment(circle))).hidden).toBe(8);
  });

  it('with more IFDs than the limit is hidden but for its header', () => {
    const chain = (count: number): Uint8Array =>
      join(
        tiff({ little, ifds: [] }),
        ...Array.from({ length: count }, (_, i) =>
          join(
            u16(1, little),
            u16(1, little),
            u16(4, little),
            u32(1, little),
            u32(0xffffffff, little),
            u32(i + 1 < count ? 8 + (i + 1) * 18 : 0, little),
          ),
        ),
      );
    expect(redact(chain(LIMITS.ifds)).hidden).toBe(0);
    const over = chain(LIMITS.ifds + 1);
    expect(redact(over).ranges).toEqual([[8, over.length]]);
  });

  it('with more GPS values than may be hidden is hidden but for its header', () => {
    const file = (count: number): Uint8Array =>
      tiff({
        little,
        ifds: [
          [
            pointer(
              0x8825,
              Array.from({ length: count }, () => short(1, 7, little)),
            ),
          ],
        ],
      });
    expect(redact(file(LIMITS.hidden)).ranges[0]?.[0]).toBeGreaterThan(8);
    const over = file(LIMITS.hidden + 1);
    expect(redact(over).ranges).toEqual([[8, over.length]]);
  });

  it('with more entries than the limit is hidden but for its header', () => {
    const entries = (count: number): Uint8Array =>
      join(u16(count, little), pixels(count * 12), u32(0, little));
    // Five IFDs of 60,000 entries: the structure is 3.6 MB, so all of it may be read.
    const one = entries(60_000);
    const file = join(tiff({ little, ifds: [] }), one, one, one, one, one);
    for (let i = 0; i < 4; i++) file.set(u32(8 + (i + 1) * one.length, little), 8 + (i + 1) * one.length - 4);
    expect(redact(file).ranges).toEqual([[8, file.length]]);
  });
});
