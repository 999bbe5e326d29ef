import { describe, expect, it } from 'vitest';
import { join, occurrences, pixels, redact, text, u16, u32 } from './bytes.fixture.ts';
import { exif, LATITUDE, rationalBytes, tiff } from './exif.fixture.ts';
import { movie } from './iso.fixture.ts';
import { box } from './iso.fixture.ts';
import { dataSets, exifSegment, jpeg, multiPicture, resources, segment, xmpSegment } from './jpeg.fixture.ts';
import { LIMITS } from './limits.ts';
import { MEDIA_FORMAT } from './media-format.ts';
import { PLACED, xmp } from './xmp.fixture.ts';

const placed = exifSegment(exif(true));
const latitude = rationalBytes(true, LATITUDE);

/** From where on all is hidden, to the end of the file; -1 where it is not. */
function hiddenFrom(file: Uint8Array): number {
  const { ranges } = redact(file);
  const [start, end] = ranges.at(-1) ?? [0, 0];
  return end === file.length ? start : -1;
}

describe('a JPEG', () => {
  it('loses the place in Exif, XMP and IPTC, and keeps its picture', () => {
    const file = jpeg(
      placed,
      xmpSegment(PLACED),
      resources(
        [
          0x0404,
          dataSets([90, 'Sentinelville'], [25, 'tower'], [101, 'Sentinelville'], [27, 'Sentinelville']),
        ],
        [0x040f, text('Sentinel profile')],
        [0x0422, exif(true)],
        [0x0424, text(PLACED)],
      ),
    );
    const { format, bytes: after } = redact(file);
    expect(format).toBe(MEDIA_FORMAT.jpeg);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(file, latitude)).toBe(2);
    expect(occurrences(after, 'tower')).toBe(1);
    expect(occurrences(after, 'Sentinel profile')).toBe(1);
    expect(occurrences(after, '>Tower<')).toBe(2);
    const tail = file.length - 3000 - 2 - 14 - 69;
    expect(after.subarray(tail)).toEqual(file.subarray(tail));
  });

  it('without a place is left alone', () => {
    expect(redact(jpeg(xmpSegment(xmp('xmp:Rating="5"')), segment(0xfe, 'GPSLatitude'))).ranges).toEqual([]);
  });

  it('loses the place in every segment, however many and wherever before the first scan', () => {
    const file = jpeg(
      segment(0xe0, 'JFIF\0'),
      placed,
      segment(0xdb, pixels(65)),
      placed,
      segment(0xe1, PLACED),
      placed,
    );
    const { bytes: after } = redact(file);
    expect(occurrences(file, latitude)).toBe(3);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(3);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
  });

  it('loses what a second Exif segment holds that goes on where the first ends', () => {
    const file = jpeg(placed, segment(0xe1, 'Exif\0\0', 'Sentinelville'));
    expect(occurrences(redact(file).bytes, 'Sentinelville')).toBe(0);
  });

  it('loses a bare TIFF structure in APP1, XMP under an unknown header, and telemetry of an action camera', () => {
    const file = jpeg(
      segment(0xe1, exif(true)),
      segment(0xe1, 'http://ns.adobe.com/xap/2.0/\0', PLACED),
      segment(0xe6, 'GoPro\0', 'Sentinelville'),
    );
    const { bytes: after } = redact(file);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
  });

  it('loses the place in the other pictures of a multi-picture file', () => {
    const file = multiPicture([placed], jpeg(placed));
    const { bytes: after } = redact(file);
    expect(occurrences(file, latitude)).toBe(2);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(2);
  });

  it('loses the place in the video and the picture that its XMP says are appended', () => {
    const video = movie([box('udta', box('\xa9xyz', '+48.8577+002.295/Sentinelville'))]);
    const second = jpeg(placed);
    const file = join(
      jpeg(
        xmpSegment(
          xmp(
            '',
            `<a:Item a:Length="0"/><a:Item a:Length="${String(second.length)}"/><a:Length>${String(video.length)}</a:Length>`,
          ),
        ),
      ),
      second,
      video,
    );
    const { bytes: after } = redact(file);
    expect(occurrences(after, 'Sentinelville')).toBe(0);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(1);
    const old = join(jpeg(xmpSegment(xmp(`GCamera:MicroVideoOffset="${String(video.length)}"`))), video);
    expect(occurrences(redact(old).bytes, 'Sentinelville')).toBe(0);
    // The same video told of twice, as cameras do for the sake of old readers.
    const both = xmp(`GCamera:MicroVideoOffset="${String(video.length)}" a:Length="${String(video.length)}"`);
    expect(occurrences(redact(join(jpeg(xmpSegment(both)), video)).bytes, 'Sentinelville')).toBe(0);
  });

  it('with bytes between its segments is read on, up to a limit', () => {
    const stray = (count: number): Uint8Array =>
      join([0xff, 0xd8], segment(0xfe), pixels(count), jpeg(placed).subarray(2));
    const after = redact(stray(LIMITS.strayBytes));
    expect(occurrences(after.bytes, latitude)).toBe(0);
    expect(occurrences(after.bytes, 'Acme Cameras')).toBe(1);
    expect(hiddenFrom(stray(LIMITS.strayBytes + 1))).toBe(6 + LIMITS.strayBytes + 1);
    const filled = redact(join([0xff, 0xd8], new Uint8Array(100).fill(0xff), jpeg(placed).subarray(2)));
    expect(occurrences(filled.bytes, 'Acme Cameras')).toBe(1);
    expect(occurrences(filled.bytes, latitude)).toBe(0);
  });

  it.each([
    ['of length 0', 0],
    ['of length 1', 1],
    ['that goes beyond the file', 65_535],
  ])('with a segment %s is hidden from there on', (_, length) => {
    const before = join([0xff, 0xd8], segment(0xe0, 'JFIF\0'));
    const file = join(before, [0xff, 0xe1], u16(length), jpeg(placed));
    expect(hiddenFrom(file)).toBe(before.length);
  });

  it('with more segments than the limit is hidden from there on', () => {
    const file = (count: number): Uint8Array =>
      join([0xff, 0xd8], ...Array.from({ length: count }, () => segment(0xe0)), jpeg(placed).subarray(2));
    expect(hiddenFrom(file(LIMITS.boxes - 3))).toBe(-1);
    expect(hiddenFrom(file(LIMITS.boxes))).toBe(2 + LIMITS.boxes * 4);
  });

  it('with more pictures inside than the limit loses the others whole', () => {
    const inner = jpeg(placed);
    const count = LIMITS.embedded + 1;
    const entries = (at: number): Uint8Array =>
      join(
        ...Array.from({ length: count }, (_, i) =>
          join(u32(0), u32(inner.length), u32(at + i * inner.length), u32(0)),
        ),
      );
    const index = (at: number): Uint8Array =>
      segment(0xe2, 'MPF\0', tiff({ little: false, ifds: [[[0xb002, 7, count * 16, entries(at)]]] }));
    const first = jpeg(index(1));
    const file = join(jpeg(index(first.length - 10)), ...Array.from({ length: count }, () => inner));
    const { bytes: after } = redact(file);
    expect(occurrences(file, 'Acme Cameras')).toBe(count);
    expect(occurrences(after, latitude)).toBe(0);
    expect(occurrences(after, 'Acme Cameras')).toBe(LIMITS.embedded);
    expect(after.subarray(file.length - inner.length).every((byte) => byte === 0)).toBe(true);
  });

  it('with broken IPTC or image resources loses these', () => {
    const set = dataSets([25, 'tower']);
    const broken = join(set, [0x1c, 2, 90], u16(200), 'Sentinelville');
    for (const data of [
      broken,
      join(set, 'Sentinelville'),
      join([0x1c, 2, 90], u16(0x8004), 'Sentinelville'),
    ]) {
      const { bytes: after } = redact(jpeg(resources([0x0404, data], [0x0404, set])));
      expect(occurrences(after, 'Sentinelville')).toBe(0);
      expect(occurrences(after, 'tower')).toBe(1);
    }
    const cut = jpeg(segment(0xed, 'Photoshop 3.0\0', '8BIM', u16(0x404), '\0\0', u32(900), 'Sentinelville'));
    expect(occurrences(redact(cut).bytes, 'Sentinelville')).toBe(0);
  });
});
