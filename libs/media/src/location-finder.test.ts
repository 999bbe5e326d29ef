import { describe, expect, it } from 'vitest';
import { apply, join, MemorySource, occurrences, pixels, redact, text, u32, u64 } from './bytes.fixture.ts';
import type { ByteSource } from './byte-source.ts';
import { png, pngChunk } from './chunk.fixture.ts';
import { FILES, SECRETS } from './files.fixture.ts';
import { box, movie } from './iso.fixture.ts';
import { jpeg, xmpSegment } from './jpeg.fixture.ts';
import { LIMITS } from './limits.ts';
import { LocationFinder } from './location-finder.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { RangeList } from './range-list.ts';
import { xmp } from './xmp.fixture.ts';

const finder = new LocationFinder();
const ranges = new RangeList();

function secretsLeft(bytes: Uint8Array): number {
  return SECRETS.reduce((sum, secret) => sum + occurrences(bytes, secret), 0);
}

describe('a finder', () => {
  it.each(Object.entries(FILES))('leaves no place in %s', (_, file) => {
    const { bytes, hidden } = redact(file);
    expect(secretsLeft(file)).toBeGreaterThan(0);
    expect(secretsLeft(bytes)).toBe(0);
    expect(hidden).toBeLessThan(file.length / 2);
  });

  it.each(Object.entries(FILES))('leaves no place in %s cut off anywhere', (_, file) => {
    for (let length = 0; length < file.length; length++) {
      // Of a file of less than 16 bytes nobody can say what it is.
      const { bytes } = redact(file.slice(0, length));
      if (secretsLeft(bytes) > 0) expect.fail(`cut off after ${String(length)} bytes`);
    }
  });

  it.each(Object.entries(FILES))('leaves no place in %s that ends before its size', (_, file) => {
    for (let length = 16; length < file.length; length += 7) {
      const source: ByteSource = {
        size: file.length,
        read(offset, into, wanted) {
          const part = file.subarray(offset, Math.max(offset, Math.min(offset + wanted, length)));
          into.set(part);
          return part.length;
        },
      };
      expect(finder.find(source, ranges)).toBeGreaterThanOrEqual(0);
      const seen = apply(file, ranges).subarray(0, length);
      if (secretsLeft(seen) > 0) expect.fail(`ended after ${String(length)} bytes`);
    }
  });

  it.each(Object.entries(FILES))('finds the same in %s however few bytes a read brings', (_, file) => {
    const whole = redact(file).ranges;
    for (const most of [1, 2, 3, 7, 100]) {
      const source: ByteSource = {
        size: file.length,
        read(offset, into, wanted) {
          const part = file.subarray(offset, offset + Math.min(wanted, most));
          into.set(part);
          return part.length;
        },
      };
      finder.find(source, ranges);
      const found = Array.from({ length: ranges.count }, (_, i) => [ranges.start(i), ranges.end(i)]);
      expect(found, String(most)).toEqual(whole);
    }
  });

  it.each(Object.entries(FILES))('answers the errno of any failed read of %s, and hides all', (_, file) => {
    const reads = redact(file).reads;
    for (let failing = 1; failing <= reads; failing++) {
      let count = 0;
      const memory = new MemorySource(file);
      const source: ByteSource = {
        size: file.length,
        read: (offset, into, length) => (++count === failing ? -13 : memory.read(offset, into, length)),
      };
      expect(finder.find(source, ranges)).toBe(-13);
      expect([ranges.count, ranges.start(0), ranges.end(0)]).toEqual([1, 0, file.length]);
      expect(count).toBe(failing);
    }
  });

  it.each([NaN, Infinity, 1.5, -1.5, 2 ** 40, -Infinity])(
    'takes a read that answers %d for a failed one',
    (answer) => {
      const source: ByteSource = { size: 1000, read: () => answer };
      expect(finder.find(source, ranges)).toBe(-5);
      expect([ranges.start(0), ranges.end(0)]).toEqual([0, 1000]);
    },
  );

  it('is used again without a trace of the file before', () => {
    const video = movie([box('udta', box('\xa9xyz', 'here'))]);
    const told = jpeg(xmpSegment(xmp(`a:Length="${String(video.length)}"`)));
    const silent = jpeg(xmpSegment(xmp('a:b="1"')));
    expect(redact(join(told, video)).hidden).toBe(4);
    expect(redact(join(silent, video)).hidden).toBe(0);
    const all = Object.values(FILES);
    const first = all.map((file) => redact(file));
    expect(
      all
        .toReversed()
        .map((file) => redact(file))
        .toReversed(),
    ).toEqual(first);
  });

  it.each<[string, Uint8Array]>([
    ['nothing', text('')],
    ['fifteen bytes', text('\xff\xd8\xff\xe1\0\x20Exif\0\0II*')],
    ['a text', text('GPSLatitude="48,51.5N" in no media file')],
    ['zeros', new Uint8Array(5000)],
    ['a RIFF of sound', join('RIFF', u32(100), 'WAVE', pixels(200))],
    ['a box of no media file', box('abcd', pixels(100))],
  ])('finds no media in %s, and reads once at most', (_, file) => {
    const { format, ranges: found, reads } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.none);
    expect(found).toEqual([]);
    expect(reads).toBeLessThanOrEqual(1);
  });

  it('is exact in a file of terabytes with its metadata at the end', () => {
    const size = 2 ** 42 + 12_345;
    const ftyp = box('ftyp', 'isom');
    const moov = box('moov', box('udta', box('\xa9xyz', 'here')));
    const moovAt = size - moov.length;
    const start = join(ftyp, u32(1), 'mdat', u64(moovAt - ftyp.length));
    let reads = 0;
    const source: ByteSource = {
      size,
      read(offset, into, length) {
        reads++;
        for (let i = 0; i < length; i++) {
          const at = offset + i;
          into[i] = (at < moovAt ? start[at] : moov[at - moovAt]) ?? 0;
        }
        return length;
      },
    };
    expect(finder.find(source, ranges)).toBe(MEDIA_FORMAT.movie);
    expect([ranges.count, ranges.start(0), ranges.end(0)]).toEqual([1, size - 4, size]);
    expect(reads).toBe(2);
  });

  it('reads no more bytes than the limit, and hides what is left then', () => {
    const chunk = pngChunk('tEXt', 'Comment\0', pixels(80_000));
    const chunks = (count: number): Uint8Array =>
      png([...Array.from({ length: count }, () => chunk), pngChunk('tEXt', 'GPS\0Sentinelville')]);
    const most = Math.floor(LIMITS.bytesRead / 100_000);
    expect(redact(chunks(most)).ranges).toHaveLength(1);
    expect(redact(chunks(most)).hidden).toBe(13);
    const over = chunks(Math.ceil(LIMITS.bytesRead / 80_000));
    const source = new MemorySource(over);
    finder.find(source, ranges);
    expect(source.bytesRead).toBeLessThanOrEqual(LIMITS.bytesRead);
    expect(finder.bytesRead).toBe(source.bytesRead);
    expect(ranges.end(0)).toBe(over.length);
    expect(secretsLeft(apply(over, ranges))).toBe(0);
  });

  it('reads no more often than the limit, and hides what is left then', () => {
    const file = png([
      pngChunk('tEXt', 'Comment\0', pixels(60)),
      pngChunk('iTXt', 'XML:com.adobe.xmp\0\0\0\0\0', ' '.repeat(LIMITS.reads), '<a>Sentinelville</a>'),
    ]);
    let reads = 0;
    const source: ByteSource = {
      size: file.length,
      read(offset, into) {
        reads++;
        into[0] = file[offset] ?? 0;
        return 1;
      },
    };
    expect(finder.find(source, ranges)).toBe(MEDIA_FORMAT.png);
    expect(reads).toBe(LIMITS.reads);
    expect(finder.reads).toBe(reads);
    expect(secretsLeft(apply(file, ranges))).toBe(0);
    expect(ranges.end(ranges.count - 1)).toBe(file.length);
  });
});
