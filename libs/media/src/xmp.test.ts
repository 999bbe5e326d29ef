import { describe, expect, it } from 'vitest';
import { join, occurrences, redact, text } from './bytes.fixture.ts';
import { pngChunk, png } from './chunk.fixture.ts';
import { extendedXmpSegment, jpeg, xmpSegment } from './jpeg.fixture.ts';
import { LIMITS } from './limits.ts';
import { PLACED, xmp } from './xmp.fixture.ts';

/** A packet as one sees it who may not know the place; `\0` for what is hidden. */
function hidden(packet: string): string {
  const before = 'XML:com.adobe.xmp\0\0\0\0\0';
  const { bytes } = redact(png([pngChunk('iTXt', before, packet)]));
  const at = 8 + 25 + 8 + before.length;
  return Buffer.from(bytes.subarray(at, at + packet.length)).toString('latin1');
}

const WHOLE = /^\0+$/;

describe('XMP', () => {
  it('loses the place in attributes, elements and structures, and keeps the rest', () => {
    const after = hidden(PLACED);
    expect(PLACED.match(/Sentinelville/g)).toHaveLength(6);
    expect(after).not.toContain('Sentinelville');
    for (const kept of ['>Tower<', 'xmp:Rating="5"', '>2.3.0.0<', 'rdf:about=""', '<?xpacket end="w"?>']) {
      expect(after).toContain(kept);
    }
    // The tags are all there: with the hidden bytes taken out, it is XML still.
    const tags = (of: string): string[] =>
      of.match(/<\/?(exif:GPSLongitude|Iptc4xmpExt:\w+|photoshop:\w+)/g) ?? [];
    expect(tags(after).filter((tag) => !tag.includes('LocationCreated'))).toEqual(
      tags(PLACED).filter((tag) => !tag.includes('LocationCreated')),
    );
    expect(after).toMatch(/<Iptc4xmpExt:LocationCreated>\0+<\/Iptc4xmpExt:LocationCreated>/);
  });

  it.each([
    ['an attribute', 'exif:GPSAltitude="35/1"', '', '35/1'],
    ['an attribute in single quotes with double ones inside', `exif:GPSAltitude='3"5'`, '', '3"5'],
    ['an attribute with spaces around =', 'exif:GPSAltitude \n=\t "35/1"', '', '35/1'],
    ['a prefix of its own', 'e:GPSLatitude="35/1"', '', '35/1'],
    ['no prefix', '', '<GPSLatitude>35/1</GPSLatitude>', '35/1'],
    ['other case', 'drone:GpsLatitude="35/1"', '', '35/1'],
    ['a drone', 'drone-dji:GpsLongtitude="35/1" drone-dji:RelativeAltitude="35/1"', '', '35/1'],
    ['a sublocation', '', '<Iptc4xmpCore:Location>35/1</Iptc4xmpCore:Location>', '35/1'],
    ['a state', '', '<photoshop:State>35/1</photoshop:State >', '35/1'],
    ['a country code', 'Iptc4xmpCore:CountryCode="35/1"', '', '35/1'],
    ['a nested element of the same name', '', '<a:City><a:City>1</a:City>35/1</a:City>', '35/1'],
    ['a comment in a value', '', '<a:City><!-- - -- 35/1 --></a:City>', '35/1'],
    ['an empty element with attributes', '', '<a:City rdf:resource="35/1" />', '35/1'],
    ['a property among others in a structure', '', '<a:b><a:c d:e="1"/><a:City>35/1</a:City></a:b>', '35/1'],
  ])('hides %s', (_, attributes, elements, value) => {
    const packet = xmp(`xmp:Rating="5" ${attributes}`, `${elements}<dc:format>image/png</dc:format>`);
    const after = hidden(packet);
    expect(packet).toContain(value);
    expect(after).not.toContain(value);
    expect(after).toContain('xmp:Rating="5"');
    expect(after).toContain('<dc:format>image/png</dc:format>');
  });

  it.each([
    ['a namespace of a telling name', 'xmlns:location="http://a.example/City"'],
    ['the version of the GPS tags', 'exif:GPSVersionID="2.3.0.0"'],
    ['where in the picture the subject is', 'exif:SubjectLocation="10 20"'],
    ['alternatives in languages', 'dc:title="Alt"'],
    ['a value that sounds like a name', 'dc:subject="exif:GPSLatitude"'],
  ])('keeps %s', (_, attributes) => {
    const packet = xmp(
      attributes,
      '<!-- <a:City> > --><?pi <a:City> ?><a:b><![CDATA[ <a:City> ]] > ]]></a:b>',
    );
    expect(hidden(packet)).toBe(packet);
  });

  const utf16 = (little: boolean): string => {
    const swapped = Buffer.from(PLACED, 'utf16le');
    return (little ? swapped : swapped.swap16()).toString('latin1');
  };

  it.each([
    ['UTF-16, big-endian', `\xfe\xff${utf16(false)}`],
    ['UTF-16, little-endian', utf16(true)],
    ['UTF-32', [...PLACED].map((character) => `\0\0\0${character}`).join('')],
    ['text that is no XML', 'Sentinelville'],
    ['text before the first tag', `a${PLACED}`],
    ['text after the last tag', `${PLACED}Sentinelville`],
    ['a packet cut off', PLACED.slice(0, -60)],
    ['a packet cut off in an attribute', PLACED.slice(0, PLACED.indexOf('51.Sentinelville'))],
    ['an end tag of another name', xmp('', '<a:b>x</a:c>')],
    ['an end tag too many', `${PLACED}</a>`],
    ['an end tag too few', `<a>${PLACED}`],
    ['a document type', `<!DOCTYPE x [<!ENTITY y "z">]>${PLACED}`],
    ['a NUL byte inside', xmp('dc:title="a\0b"')],
    ['< in an attribute', xmp('dc:title="a<b"')],
    ['an attribute without quotes', xmp('dc:title=a')],
    ['an attribute without a value', xmp('dc:title')],
    ['a quote in a name', xmp('', '<a"b>x</a"b>')],
    ['a name beyond the limit', xmp(`dc:${'x'.repeat(LIMITS.xmpNameBytes + 1)}="1"`)],
    ['elements beyond the limit', xmp('', `${'<a>'.repeat(62)}${'</a>'.repeat(62)}`)],
    ['nothing at all', '<?xpacket?>'],
  ])('is hidden whole where it is %s', (_, packet) => {
    expect(hidden(packet)).toMatch(WHOLE);
  });

  it('is read at the limits of names and depth, and with NUL bytes after its end', () => {
    const packet = `${xmp(`dc:${'x'.repeat(LIMITS.xmpNameBytes)}="1"`, `${'<a>'.repeat(61)}${'</a>'.repeat(61)}`)}\0\0`;
    expect(hidden(packet)).toBe(packet);
  });

  it('is hidden whole beyond its limit of bytes', () => {
    const filled = (length: number): string => {
      const empty = xmp('', '<a></a>').length;
      return xmp('', `<a>${' '.repeat(length - empty)}</a>`);
    };
    const most = filled(LIMITS.xmpBytes);
    expect(hidden(most) === most).toBe(true);
    expect(hidden(filled(LIMITS.xmpBytes + 1))).toMatch(WHOLE);
  });
});

describe('extended XMP', () => {
  const parts = (
    full: string,
    size: number,
    change = (part: Uint8Array, _: number): Uint8Array => part,
  ): Uint8Array[] =>
    Array.from({ length: Math.ceil(full.length / size) }, (_, i) =>
      change(extendedXmpSegment(full, i * size, size), i),
    );
  const standard = xmpSegment(xmp('xmp:Rating="5"'));

  it('loses the place wherever its parts divide it', () => {
    for (let size = 37; size < 60; size++) {
      const file = jpeg(standard, ...parts(PLACED, size));
      const after = redact(file).bytes;
      // What is left of the texts of all parts, put together again by their offsets.
      const pieces = Buffer.from(after)
        .toString('latin1')
        .split('http://ns.adobe.com/xmp/extension/\0')
        .slice(1);
      const left = pieces
        .map((piece) => piece.slice(40, 40 + size))
        .join('')
        .slice(0, PLACED.length);
      expect(left).not.toMatch(/Sentinel|inelville/);
      expect(left).toContain('>Tower<');
      expect(left).toMatch(/<exif:GPSLongitude>\0+<\/exif:GPSLongitude>/);
    }
  });

  it.each<[string, (all: Uint8Array[]) => Uint8Array[]]>([
    ['out of order', ([a, b, ...rest]) => (a && b ? [b, a, ...rest] : [])],
    ['with one left out', ([a, , ...rest]) => (a ? [a, ...rest] : [])],
    ['with the last left out', (all) => all.slice(0, -1)],
    [
      'with a part of another packet',
      (all) => [...all, extendedXmpSegment(PLACED, PLACED.length, 0, 'F'.repeat(32))],
    ],
    ['with another packet between', ([a, ...rest]) => (a ? [a, standard, ...rest] : [])],
  ])('is hidden whole %s', (_, change) => {
    const file = jpeg(standard, ...change(parts(PLACED, 100)));
    const after = redact(file).bytes;
    expect(occurrences(after, 'Tower')).toBe(0);
    expect(occurrences(after, 'Sentinel')).toBe(0);
    expect(occurrences(after, 'x:xmpmeta')).toBe(
      occurrences(jpeg(...Array(occurrences(file, standard)).fill(standard)), 'x:xmpmeta'),
    );
  });

  it('is hidden whole where it has more parts than the limit', () => {
    const packet = (count: number): string =>
      xmp('', `<a>${'x'.repeat(count * 10 - xmp('', '<a></a>').length)}</a>`);
    const at = redact(jpeg(...parts(packet(LIMITS.extendedXmpSegments), 10)));
    expect(at.hidden).toBe(0);
    const over = packet(LIMITS.extendedXmpSegments + 1);
    expect(redact(jpeg(...parts(over, 10))).hidden).toBeGreaterThanOrEqual(over.length);
  });

  it('too short for its header is hidden', () => {
    const short = join(
      [0xff, 0xe1],
      [0, 2 + 35 + 10],
      text('http://ns.adobe.com/xmp/extension/\0'),
      text('0123456789'),
    );
    expect(redact(jpeg(short)).hidden).toBe(10);
  });
});
