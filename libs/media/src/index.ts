export type { ByteSource } from './byte-source.ts';
export { LIMITS } from './limits.ts';
export { LocationFinder } from './location-finder.ts';
export { MEDIA_FORMAT, type MediaFormat } from './media-format.ts';
export { RangeList } from './range-list.ts';
