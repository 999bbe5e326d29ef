/**
 * What one file may cost. A file may have been made to hurt the daemon, so each of these is counted over the whole
 * file, embedded files included. Where one is reached, nothing more is read, and all that is not read yet and could
 * hold metadata is hidden.
 */
export const LIMITS = {
  /** Bytes read of one file. The tables of 65,535 HEIF items fit; pixels and samples are never read. */
  bytesRead: 4 * 1024 * 1024,
  /** Calls of `ByteSource.read` for one file: each is a system call. */
  reads: 16_384,
  /** ISO boxes, JPEG segments, PNG and RIFF chunks, image resource blocks. */
  boxes: 16_384,
  /** IFD entries, HEIF items and extents, metadata keys, IPTC data sets, chunks of a GPS track. */
  entries: 262_144,
  /** Values that are hidden one by one: each is sorted into the list of ranges. */
  hidden: 4096,
  /** IFDs of one TIFF structure. */
  ifds: 1024,
  /** Boxes inside each other. */
  boxDepth: 16,
  /** Bytes of XMP that are looked into; a packet that goes beyond is hidden whole. */
  xmpBytes: 1024 * 1024,
  /** XML elements inside each other in XMP. */
  xmpDepth: 64,
  /** Bytes of the local name of an XML element or attribute. */
  xmpNameBytes: 64,
  /** Segments that an extended XMP packet of a JPEG may be split into. */
  extendedXmpSegments: 256,
  /** Files and blocks embedded in a file: second images, thumbnails, the video of a motion photo, HEIF items. */
  embedded: 64,
  /** HEIF items that hold metadata. */
  metadataItems: 64,
  /** Keys of a QuickTime metadata list. */
  metadataKeys: 1024,
  /** Chunks of GPS tracks that are hidden one by one; of a track with more, the sample tables are hidden. */
  gpsChunks: 32,
  /** Bytes that are searched for the next marker where a JPEG has some that belong to no segment. */
  strayBytes: 65_536,
} as const;
