import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { join, MemorySource, occurrences, pixels, redact, text, u32 } from './bytes.fixture.ts';
import { png, pngChunk, riffChunk, webp } from './chunk.fixture.ts';
import { exif, LATITUDE, rationalBytes, readExif } from './exif.fixture.ts';
import { exifSegment, jpeg } from './jpeg.fixture.ts';
import { LIMITS } from './limits.ts';
import { LocationFinder } from './location-finder.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { RangeList } from './range-list.ts';
import { PLACED } from './xmp.fixture.ts';

const latitude = rationalBytes(false, LATITUDE);
const XMP_TEXT = 'XML:com.adobe.xmp\0';

describe('a PNG', () => {
  it('loses the place in Exif and XMP, before and after its image data', () => {
    const metadata = [
      pngChunk('eXIf', exif(false)),
      pngChunk('iTXt', XMP_TEXT, '\0\0\0\0', PLACED),
      pngChunk('iTXt', XMP_TEXT, '\0\0de\0Ort\0', PLACED),
    ];
    const file = png(metadata, metadata);
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.png);
    expect(occurrences(file, latitude)).toBe(2);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, '>Tower<')).toBe(4);
    expect(readExif(after.subarray(8 + 25 + 8)).get('main:10f')).toBe('Acme Cameras\0');
  });

  it.each([
    ['compressed XMP', 'iTXt', `${XMP_TEXT}\x01\0\0\0`],
    ['XMP in a compressed text', 'zTXt', `${XMP_TEXT}\0`],
    ['XMP in a plain text', 'tEXt', XMP_TEXT],
    ['XMP without its flags', 'iTXt', `${XMP_TEXT}\0`],
    ['a raw profile of Exif', 'zTXt', 'Raw profile type exif\0\0'],
    ['a raw profile of APP1', 'tEXt', 'Raw profile type APP1\0'],
    ['a raw profile of XMP', 'tEXt', 'Raw profile type xmp\0'],
    ['a property that tells a place', 'tEXt', 'exif:GPSLatitude\0'],
    ['a keyword without an end', 'tEXt', 'k'.repeat(80)],
    ['an empty keyword', 'tEXt', 'Raw profile type exif'],
    ['compressed Exif', 'zxIf', '\0'],
    ['malformed Exif', 'eXIf', 'II+\0'],
  ])('loses %s whole', (_, type, before) => {
    const secret = before.endsWith('\0\0') ? deflateSync('Sentinelville') : text('Sentinelville');
    const file = png([pngChunk(type, before, secret)]);
    const { bytes: after } = redact(file);
    expect(occurrences(file, secret)).toBe(1);
    expect(occurrences(after, secret)).toBe(0);
  });

  it('loses what says that it is compressed, though it does not look so', () => {
    const file = png([pngChunk('iTXt', XMP_TEXT, '\x01\0\0\0', '<a>Sentinelville</a>')]);
    expect(occurrences(redact(file).bytes, 'Sentinelville')).toBe(0);
  });

  it('keeps other texts, and Exif that has no place', () => {
    const file = png([pngChunk('tEXt', 'Comment\0GPSLatitude'), pngChunk('iTXt', 'Title\0\0\0\0\0Location')]);
    expect(redact(file).ranges).toEqual([]);
  });

  it('with a chunk that goes beyond the file is hidden from there on', () => {
    for (const length of [1000, 0x7fffffff, 0xffffffff]) {
      const start = png([]).subarray(0, 33);
      const file = join(start, u32(length), 'eXIf', exif(false));
      expect(redact(file).ranges).toEqual([[33, file.length]]);
    }
  });

  it('with thousands of chunks costs short reads, and beyond the limit is hidden from there on', () => {
    const file = (count: number): Uint8Array =>
      join(
        png([]).subarray(0, 33),
        ...Array.from({ length: count }, () => join(u32(200), 'IDAT', pixels(204))),
        pngChunk('eXIf', exif(false)),
        pngChunk('IEND'),
      );
    const most = file(LIMITS.boxes - 3);
    const source = new MemorySource(most);
    const finder = new LocationFinder();
    const ranges = new RangeList();
    finder.find(source, ranges);
    expect(source.bytesRead).toBeLessThan(most.length / 2);
    expect(occurrences(redact(most).bytes, latitude)).toBe(0);
    expect(occurrences(redact(most).bytes, 'Acme Cameras')).toBe(1);
    const over = file(LIMITS.boxes);
    expect(redact(over).ranges).toEqual([[33 + (LIMITS.boxes - 1) * 212, over.length]]);
  });
});

describe('a WebP', () => {
  it.each([
    ['a bare structure', ''],
    ['the header of a JPEG', 'Exif\0\0'],
  ])('loses the place in Exif with %s, and in XMP', (_, header) => {
    const file = webp(
      riffChunk('EXIF', header, exif(false)),
      riffChunk('XMP ', PLACED),
      riffChunk('EXIF', exif(true)),
    );
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.webp);
    expect(occurrences(file, latitude)).toBe(1);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, rationalBytes(true, LATITUDE))).toBe(0);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, '>Tower<')).toBe(1);
    expect(occurrences(after, 'Acme Cameras')).toBe(2);
  });

  it('is read to the end of the file, whatever its header says', () => {
    const file = webp(riffChunk('EXIF', exif(false)));
    file.set(u32(4, true), 4);
    expect(occurrences(redact(file).bytes, latitude)).toBe(0);
  });

  it('with a chunk that goes beyond the file is hidden from there on', () => {
    const start = webp();
    const file = join(start, 'EXIF', u32(0xfffffffe, true), exif(false));
    expect(redact(file).ranges).toEqual([[start.length, file.length]]);
  });
});

describe('a Fujifilm raw file', () => {
  const raf = (offset: number, length: number): Uint8Array =>
    join(
      'FUJIFILMCCD-RAW 0201',
      pixels(64),
      u32(offset),
      u32(length),
      pixels(8),
      jpeg(exifSegment(exif(false))),
      pixels(500),
    );

  it('loses the place in the JPEG inside', () => {
    const inner = jpeg(exifSegment(exif(false)));
    const file = raf(100, inner.length);
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.raf);
    expect(occurrences(file, latitude)).toBe(1);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
  });

  it('that tells a wrong place of its JPEG is hidden but for its signature', () => {
    for (const [offset, length] of [
      [101, 50],
      [100, 0xffffffff],
      [0xffffffff, 0xffffffff],
    ] as const) {
      const file = raf(offset, length);
      expect(redact(file).ranges).toEqual([[16, file.length]]);
    }
  });
});
