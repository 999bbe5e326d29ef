import { join, pixels, text, u16, u32 } from './bytes.fixture.ts';
import { png, pngChunk, riffChunk, webp } from './chunk.fixture.ts';
import {
  ascii,
  bytes,
  exif,
  gpsIfd,
  LATITUDE,
  LONGITUDE,
  pointer,
  rationalBytes,
  tiff,
} from './exif.fixture.ts';
import { box, fullBox, heif, keyedMetadata, movie, track, uuidBox } from './iso.fixture.ts';
import {
  dataSets,
  exifSegment,
  extendedXmpSegment,
  jpeg,
  multiPicture,
  resources,
  xmpSegment,
} from './jpeg.fixture.ts';
import { PLACED, xmp } from './xmp.fixture.ts';

const thumbnail = jpeg();
const rdf = 'application/rdf+xml\0';
const exifItem = { id: 2, type: 'Exif', data: join(u32(6), 'Exif\0\0', exif(false)) };
const xmpItem = { id: 3, type: 'mime', mime: rdf, data: text(PLACED) };
const image = { id: 1, type: 'hvc1', data: pixels(700) };
const position = text('+48.8577+002.295/Sentinelville');
const video = movie([box('udta', box('\xa9xyz', position))], [], 94);

/** A file of each format with a place in each way that the format knows. */
export const FILES: Record<string, Uint8Array> = {
  'a JPEG': jpeg(
    exifSegment(exif(true, thumbnail)),
    xmpSegment(PLACED),
    extendedXmpSegment(PLACED, 0, 300),
    extendedXmpSegment(PLACED, 300, PLACED.length),
    resources([0x0404, dataSets([90, 'Sentinelville'])], [0x0424, text(PLACED)]),
    exifSegment(exif(false)),
  ),
  'a multi-picture file': multiPicture([exifSegment(exif(true))], jpeg(exifSegment(exif(false)))),
  'a motion photo': join(
    jpeg(exifSegment(exif(true)), xmpSegment(xmp(`GCamera:MicroVideoOffset="${String(video.length)}"`))),
    video,
  ),
  'a TIFF': tiff({
    little: true,
    ifds: [
      [ascii(0x10f, 'Acme'), pointer(0x14a, [pointer(0x8825, gpsIfd(true))], [bytes(0x2bc, text(PLACED))])],
      [pointer(0x8825, gpsIfd(true)), bytes(0x83bb, dataSets([90, 'Sentinelville']))],
    ],
  }),
  'a PNG': png(
    [pngChunk('eXIf', exif(false)), pngChunk('iTXt', 'XML:com.adobe.xmp\0\0\0\0\0', PLACED)],
    [pngChunk('tEXt', 'Raw profile type exif\0Sentinelville')],
  ),
  'a WebP': webp(riffChunk('EXIF', exif(true)), riffChunk('XMP ', PLACED)),
  'a Fujifilm raw file': join(
    'FUJIFILMCCD-RAW 0201',
    pixels(64),
    u32(100),
    u32(jpeg(exifSegment(exif(true))).length),
    pixels(8),
    jpeg(exifSegment(exif(true))),
  ),
  'a HEIF': heif([image, exifItem, xmpItem]),
  'a HEIF with its items in idat': heif([image, { ...exifItem, method: 1 }, { ...xmpItem, method: 1 }], 8, 2),
  'a HEIF of a burst': heif([image, { ...exifItem, extents: 3 }, { ...xmpItem, mime: `${rdf}gzip\0` }]),
  'a JPEG XL': join(
    box('JXL ', '\r\n\x87\n'),
    box('ftyp', 'jxl ', u32(0), 'jxl '),
    box('Exif', u32(0), exif(true)),
    box('xml ', PLACED),
    box('brob', 'xml ', position),
  ),
  'a movie': movie(
    [
      box('udta', box('\xa9xyz', position), fullBox('loci', 0, u16(0), position), u32(0)),
      keyedMetadata(
        ['com.apple.quicktime.make', 'Acme'],
        ['com.apple.quicktime.location.ISO6709', '+1/Sentinelville'],
      ),
      box('trak', box('udta', box('XMP_', PLACED))),
      track('avc1', [40], 100),
    ],
    [
      uuidBox('be7acfcb-97a9-42e8-9c71-999491e3afac', PLACED),
      box('moof', box('traf', box('udta', box('\xa9xyz', position)))),
      box('meta', fullBox('hdlr', 0), fullBox('xml ', 0, '<Latitude>Sentinelville</Latitude>')),
    ],
  ),
};

/** What no reader may find in them: coordinates in both byte orders, and the name of the place. */
export const SECRETS: Uint8Array[] = [
  rationalBytes(true, LATITUDE),
  rationalBytes(true, LONGITUDE),
  rationalBytes(false, LATITUDE),
  rationalBytes(false, LONGITUDE),
  text('Sentinelville'),
];
