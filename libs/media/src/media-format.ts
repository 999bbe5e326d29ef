/** What a file is, by its first bytes. */
export const MEDIA_FORMAT = {
  /** No media file that keeps a location in a way known here; nothing is hidden. */
  none: 0,
  jpeg: 1,
  /** TIFF and the raw formats built on it: DNG, CR2, NEF, ARW, PEF, SRW, ORF, RW2. */
  tiff: 2,
  png: 3,
  webp: 4,
  /** HEIF, HEIC, AVIF, Canon CR3: pictures in ISO boxes. */
  heif: 5,
  /** MP4, QuickTime, 3GP: movies in ISO boxes. */
  movie: 6,
  /** Fujifilm raw. */
  raf: 7,
  /** JPEG XL in its container. */
  jxl: 8,
} as const;

/** One of `MEDIA_FORMAT`, or -errno of the source. */
export type MediaFormat = number;
