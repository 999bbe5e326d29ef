/** A photo that tells where it was taken: the smallest JPEG with a GPS directory, whose map datum is a recognisable text. */
export const PLACE = 'GPSSECRET';

/** JPEG (SOI, APP1 with Exif, EOI); the GPS directory has GPSMapDatum (18), ASCII, with {@link PLACE}. */
export function photo(): Buffer {
  const text = Buffer.from(`${PLACE}\0`, 'latin1');
  const entries = (count: number): Buffer => {
    const directory = Buffer.alloc(2 + count * 12 + 4);
    directory.writeUInt16LE(count, 0);
    return directory;
  };
  const header = Buffer.from('49492a0008000000', 'hex');
  const main = entries(1);
  const gpsAt = header.length + main.length;
  writeEntry(main, 0, 0x8825, 4, 1, gpsAt);
  const gps = entries(1);
  writeEntry(gps, 0, 18, 2, text.length, gpsAt + gps.length);
  const exif = Buffer.concat([Buffer.from('Exif\0\0', 'latin1'), header, main, gps, text]);
  const segment = Buffer.alloc(4);
  segment.writeUInt16BE(0xffe1, 0);
  segment.writeUInt16BE(exif.length + 2, 2);
  return Buffer.concat([Buffer.from('ffd8', 'hex'), segment, exif, Buffer.from('ffd9', 'hex')]);
}

/** Tag, type, count, value or offset: an entry of a TIFF directory. */
function writeEntry(
  directory: Buffer,
  index: number,
  tag: number,
  type: number,
  count: number,
  value: number,
): void {
  const at = 2 + index * 12;
  directory.writeUInt16LE(tag, at);
  directory.writeUInt16LE(type, at + 2);
  directory.writeUInt32LE(count, at + 4);
  directory.writeUInt32LE(value, at + 8);
}
