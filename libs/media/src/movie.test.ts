import { describe, expect, it } from 'vitest';
import { join, occurrences, pixels, redact, text, u32, u64 } from './bytes.fixture.ts';
import { exif, gpsIfd, LATITUDE, pointer, rationalBytes, tiff } from './exif.fixture.ts';
import { box, fullBox, keyedMetadata, largeBox, movie, track, uuidBox } from './iso.fixture.ts';
import { LIMITS } from './limits.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { PLACED } from './xmp.fixture.ts';

const SECRET = '+48.8577+002.295/Sentinelville';
const XMP_UUID = 'be7acfcb-97a9-42e8-9c71-999491e3afac';
const CANON_UUID = '85c0b687-820f-11e0-8111-f4ce462b6a48';

function left(file: Uint8Array): number {
  return occurrences(redact(file).bytes, 'Sentinelville');
}

describe('a movie', () => {
  it.each<[string, Uint8Array[], Uint8Array[]]>([
    ['QuickTime user data', [box('udta', box('\xa9xyz', SECRET))], []],
    ['user data that ends with 32 bits of zero', [box('udta', box('\xa9xyz', SECRET), u32(0))], []],
    ['3GPP user data', [box('udta', fullBox('loci', 0, SECRET))], []],
    ['a box of a camera', [box('udta', box('GPMF', SECRET)), box('gps ', SECRET)], []],
    ['a header that is compressed', [box('cmov', SECRET)], []],
    ['a box of 64-bit size', [largeBox('udta', largeBox('\xa9xyz', SECRET))], []],
    ['user data of a track', [box('trak', box('udta', box('\xa9xyz', SECRET)))], []],
    ['a fragment', [], [box('moof', box('traf', box('udta', box('loci', SECRET))))]],
    ['user data outside of moov', [], [box('udta', box('\xa9xyz', SECRET))]],
    [
      'keyed metadata',
      [keyedMetadata(['com.apple.quicktime.make', 'Acme'], ['com.apple.quicktime.location.ISO6709', SECRET])],
      [],
    ],
    [
      'keyed metadata of a track',
      [box('trak', keyedMetadata(['com.apple.quicktime.location.name', SECRET]))],
      [],
    ],
    ['keyed metadata in user data', [box('udta', keyedMetadata(['location', SECRET]))], []],
    [
      'an item list',
      [
        box(
          'udta',
          fullBox(
            'meta',
            0,
            fullBox('hdlr', 0, u32(0), 'mdir'),
            box('ilst', box('\xa9xyz', box('data', u32(1), u32(0), SECRET))),
          ),
        ),
      ],
      [],
    ],
    [
      'a free-form item',
      [
        fullBox(
          'meta',
          0,
          fullBox('hdlr', 0),
          box('ilst', box('----', fullBox('name', 0, 'GPSCoordinates'), box('data', u32(1), u32(0), SECRET))),
        ),
      ],
      [],
    ],
    ['XMP beside moov', [], [uuidBox(XMP_UUID, PLACED)]],
    ['XMP in user data', [box('udta', box('XMP_', PLACED))], []],
    [
      'XML of a camera',
      [],
      [
        fullBox(
          'meta',
          0,
          fullBox('hdlr', 0),
          fullBox('xml ', 0, `<Item name="Latitude" value="${SECRET}"/>`),
        ),
      ],
    ],
  ])('loses the place in %s', (_, moov, after) => {
    const file = movie([...moov, track('avc1', [28], 100)], after);
    expect(occurrences(file, 'Sentinelville')).toBeGreaterThan(0);
    const { format, bytes } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.movie);
    expect(occurrences(bytes, 'Sentinelville')).toBe(0);
    // Only values are gone: types of boxes, names of keys, other values.
    for (const kept of ['mvhd', 'avc1', 'Acme', 'Tower', 'ISO6709', 'ilst', 'data']) {
      expect(occurrences(bytes, kept), kept).toBe(occurrences(file, kept));
    }
    expect(occurrences(bytes, pixels(5000))).toBe(1);
  });

  it('of old QuickTime, without ftyp, is one too', () => {
    const file = join(
      box('wide'),
      box('mdat', pixels(100)),
      box('moov', box('udta', box('\xa9xyz', SECRET))),
    );
    expect(redact(file).format).toBe(MEDIA_FORMAT.movie);
    expect(left(file)).toBe(0);
  });

  it('keeps values that tell no place', () => {
    const file = movie([
      keyedMetadata(['com.apple.quicktime.make', 'Acme'], ['title', SECRET]),
      box('udta', box('\xa9nam', SECRET)),
      fullBox('meta', 0, fullBox('hdlr', 0), fullBox('xml ', 0, '<Item name="Lens"/>')),
    ]);
    expect(redact(file).ranges).toEqual([]);
  });

  it('loses all values that have no key that can be read', () => {
    const list = keyedMetadata(['a', 'x'], ['b', SECRET], ['c', SECRET]);
    const at = Buffer.from(list).indexOf('mdtab') - 4;
    for (const size of [0, 7, 0xffffffff]) {
      list.set(u32(size), at);
      expect(left(movie([list]))).toBe(0);
    }
  });

  it('loses the values of keys beyond the limit', () => {
    const most = Array.from({ length: LIMITS.metadataKeys }, (): [string, string] => ['a', 'x']);
    expect(redact(movie([keyedMetadata(...most)])).ranges).toEqual([]);
    const over = movie([keyedMetadata(...most, ['a', 'Sentinelville'])]);
    expect(left(over)).toBe(0);
    expect(redact(over).hidden).toBe(13);
  });

  it('loses values that stand before their keys', () => {
    const keys = keyedMetadata(['location', SECRET]);
    const buffer = Buffer.from(keys);
    const at = buffer.indexOf('keys') - 4;
    const ilst = buffer.indexOf('ilst') - 4;
    const swapped = join(keys.subarray(0, at), keys.subarray(ilst), keys.subarray(at, ilst));
    expect(swapped.length).toBe(keys.length);
    expect(left(movie([swapped]))).toBe(0);
  });

  it('of a Canon raw file loses its GPS IFD', () => {
    const gps = tiff({ little: true, ifds: [gpsIfd(true)] });
    const main = tiff({ little: true, ifds: [[pointer(0x8825, gpsIfd(true))]] });
    const file = join(
      box('ftyp', 'crx ', u32(1), 'crx isom'),
      box(
        'moov',
        uuidBox(
          CANON_UUID,
          box('CNCV', pixels(30)),
          box('CMT1', main),
          box('CMT2', exif(true)),
          box('CMT4', gps),
        ),
      ),
      box('mdat', pixels(300)),
    );
    const { format, bytes } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.heif);
    expect(occurrences(file, rationalBytes(true, LATITUDE))).toBe(3);
    expect(occurrences(bytes, rationalBytes(true, LATITUDE))).toBe(0);
    expect(occurrences(bytes, 'Acme Cameras')).toBe(1);
  });
});

describe('a track of positions', () => {
  const mdatAt = 24 + 16;
  const positions = (entry: string, count: number): { file: Uint8Array; at: number[] } => {
    const at = Array.from({ length: count }, (_, i) => mdatAt + i * 40);
    const file = movie(
      [track('avc1', [mdatAt], 10), track(entry, at, SECRET.length)],
      [],
      Math.max(5000, count * 40),
    );
    for (const offset of at) file.set(text(SECRET), offset);
    return { file, at };
  };

  it.each(['gpmd', 'camm', 'rtmd'])('of type %s loses its samples', (entry) => {
    const { file } = positions(entry, LIMITS.gpsChunks);
    const { bytes, ranges } = redact(file);
    expect(occurrences(file, SECRET)).toBe(LIMITS.gpsChunks);
    expect(occurrences(bytes, 'Sentinelville')).toBe(0);
    expect(ranges).toHaveLength(LIMITS.gpsChunks);
  });

  it('with more chunks than the limit loses its tables, so the movie stays whole', () => {
    const { file } = positions('gpmd', LIMITS.gpsChunks + 1);
    const { bytes, ranges } = redact(file);
    expect(ranges).toHaveLength(1);
    expect(occurrences(bytes, 'gpmd')).toBe(0);
    expect(occurrences(bytes, 'avc1')).toBe(1);
  });

  it('with tables that do not fit together loses them', () => {
    for (const [table, at] of [
      ['stsz', 16],
      ['stsc', 8],
      ['stco', 8],
    ] as const) {
      const { file } = positions('camm', 3);
      file.set(u32(900), Buffer.from(file).lastIndexOf(table) - 4 + at + (table === 'stsz' ? 0 : 4));
      const { bytes, ranges } = redact(file);
      expect(occurrences(bytes, 'camm'), table).toBe(0);
      expect(ranges.length, table).toBeGreaterThan(0);
    }
  });

  it('of keyed metadata is one where its keys say so', () => {
    const described = (key: string): Uint8Array =>
      movie([
        box(
          'trak',
          box(
            'mdia',
            box(
              'minf',
              box(
                'stbl',
                fullBox('stsd', 0, u32(1), box('mebx', text('\0'.repeat(8)), box('keys', key))),
                fullBox('stsz', 0, u32(SECRET.length), u32(1)),
                fullBox('stsc', 0, u32(1), u32(1), u32(1), u32(1)),
                fullBox('co64', 0, u32(1), u64(mdatAt)),
              ),
            ),
          ),
        ),
      ]);
    const file = described('com.apple.quicktime.location.ISO6709');
    file.set(text(SECRET), mdatAt);
    expect(left(file)).toBe(0);
    const other = described('com.apple.quicktime.detected-face');
    expect(redact(other).ranges).toEqual([]);
  });
});

describe('boxes that are broken', () => {
  const secret = box('udta', box('\xa9xyz', SECRET));

  it.each([
    ['of size 2', join(u32(2), 'udta', SECRET)],
    ['of size 7', join(u32(7), 'udta', SECRET)],
    ['of size 0, not at the top', join(u32(0), 'udta', SECRET)],
    ['of 2^31 bytes', join(u32(2 ** 31), 'udta', SECRET)],
    ['of 2^32 - 1 bytes', join(u32(0xffffffff), 'udta', SECRET)],
    ['of 64-bit size 0', join(u32(1), 'udta', u64(0), SECRET)],
    ['of 64-bit size 15', join(u32(1), 'udta', u64(15), SECRET)],
    ['of 64-bit size 2^64 - 1', join(u32(1), 'udta', new Uint8Array(8).fill(0xff), SECRET)],
    ['of 64-bit size 2^63, negative to some', join(u32(1), 'udta', [0x80, 0, 0, 0, 0, 0, 0, 0], SECRET)],
  ])('%s are hidden with all behind them in the same box', (_, broken) => {
    const inMoov = movie([broken, box('abcd', SECRET)], [box('free', 'kept')]);
    expect(left(inMoov)).toBe(0);
    expect(occurrences(redact(inMoov).bytes, 'kept')).toBe(1);
    expect(occurrences(redact(inMoov).bytes, pixels(5000))).toBe(1);
  });

  it('at the top are hidden to the end of the file, unless they are cut off samples', () => {
    expect(left(join(movie([]), u32(0xfffffff), 'moov', secret))).toBe(0);
    expect(left(join(movie([]), u32(5), 'mdat', secret))).toBe(0);
    const cut = join(box('ftyp', 'isom'), u32(0xfffffff), 'mdat', pixels(100));
    expect(redact(cut).ranges).toEqual([]);
    expect(redact(join(box('ftyp', 'isom'), u32(0), 'mdat', pixels(100))).ranges).toEqual([]);
    expect(left(join(box('ftyp', 'isom'), u32(0), 'moov', secret))).toBe(0);
  });

  it('inside each other beyond the limit are hidden', () => {
    const nested = (depth: number): Uint8Array => {
      let inner = join(box('udta', box('abcd', 'kept')), secret);
      for (let i = 0; i < depth; i++) inner = box('trak', inner);
      return join(box('ftyp', 'isom'), inner);
    };
    const most = nested(LIMITS.boxDepth - 1);
    expect(left(most)).toBe(0);
    expect(occurrences(redact(most).bytes, 'kept')).toBe(1);
    expect(left(nested(LIMITS.boxDepth))).toBe(0);
    expect(occurrences(redact(nested(LIMITS.boxDepth)).bytes, 'kept')).toBe(0);
    expect(left(nested(500))).toBe(0);
  });

  it('beyond the limit are hidden to the end of the file', () => {
    const many = (count: number): Uint8Array =>
      join(
        box('ftyp', 'isom'),
        ...Array.from({ length: count }, () => box('moof')),
        box('mdat', 'kept'),
        secret,
      );
    const most = redact(many(LIMITS.boxes - 4)).bytes;
    expect(occurrences(most, 'kept')).toBe(1);
    expect(occurrences(most, 'Sentinelville')).toBe(0);
    const over = redact(many(LIMITS.boxes)).bytes;
    expect(occurrences(over, 'kept')).toBe(0);
    expect(occurrences(over, 'Sentinelville')).toBe(0);
  });
});
