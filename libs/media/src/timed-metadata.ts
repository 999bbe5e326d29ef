import { BOX, Box } from './box.ts';
import { LIMITS } from './limits.ts';
import { containsPlaceWord } from './place-names.ts';
import type { Scan } from './scan.ts';
import { fourCC } from './text.ts';

/** Sample entries of tracks that tell a place as it changes: GoPro, Google's camera motion metadata, Sony. */
const PLACE_TRACKS: readonly number[] = ['gpmd', 'camm', 'rtmd'].map(fourCC);
/** Apple's timed metadata names its keys in the sample entry. */
const KEYED_TRACK = fourCC('mebx');

/**
 * Tracks whose samples tell a place. The samples of a track with few chunks are hidden; of a track with more, the
 * tables that tell where its samples are, because a chunk a second would join to the whole movie.
 */
export class TimedMetadata {
  readonly #scan: Scan;
  readonly #box = new Box();
  #stsd = 0;
  #stsdEnd = 0;
  #stsz = 0;
  #stszEnd = 0;
  #stsc = 0;
  #stscEnd = 0;
  #chunks = 0;
  #chunksEnd = 0;
  #offsetBytes = 0;

  constructor(scan: Scan) {
    this.#scan = scan;
  }

  /** The payload of an `stbl` box. @param origin where the offsets of the movie are counted from */
  sampleTable(start: number, end: number, origin: number): void {
    const { file } = this.#scan;
    this.#stsd = this.#stsz = this.#stsc = this.#chunks = 0;
    let at = start;
    while (at + 8 <= end) {
      this.#box.read(file, at, end, false);
      const { type, payload, end: next, broken } = this.#box;
      if (broken || !this.#scan.countBox()) {
        // Without all of its tables a track cannot be followed, and the tables are all that is here.
        this.#scan.hide(at, end);
        return;
      }
      if (type === BOX.stsd) {
        this.#stsd = payload;
        this.#stsdEnd = next;
        if (!this.#isPlaceTrack()) return;
      } else if (type === BOX.stsz) {
        this.#stsz = payload;
        this.#stszEnd = next;
      } else if (type === BOX.stsc) {
        this.#stsc = payload;
        this.#stscEnd = next;
      } else if (type === BOX.stco || type === BOX.co64) {
        this.#chunks = payload;
        this.#chunksEnd = next;
        this.#offsetBytes = type === BOX.stco ? 4 : 8;
      }
      at = next;
    }
    if (this.#stsd > 0 && this.#isPlaceTrack() && !this.#samples(origin)) this.#scan.hide(start, end);
  }

  /** Whether the first sample entry is of such a track. */
  #isPlaceTrack(): boolean {
    const { file } = this.#scan;
    const type = file.u32(this.#stsd + 12);
    if (type === KEYED_TRACK) return containsPlaceWord(file, this.#stsd + 16, this.#stsdEnd);
    return PLACE_TRACKS.includes(type);
  }

  /** Hides the samples; false where the tables have to be hidden instead. */
  #samples(origin: number): boolean {
    const { file } = this.#scan;
    if (this.#stsz === 0 || this.#stsc === 0 || this.#chunks === 0) return false;
    const chunks = file.u32(this.#chunks + 4);
    const size = file.u32(this.#stsz + 4);
    const samples = file.u32(this.#stsz + 8);
    const runs = file.u32(this.#stsc + 4);
    if (this.#scan.gpsChunks + chunks > LIMITS.gpsChunks) return false;
    if (this.#chunks + 8 + chunks * this.#offsetBytes > this.#chunksEnd) return false;
    if (size === 0 && this.#stsz + 12 + samples * 4 > this.#stszEnd) return false;
    if (this.#stsc + 8 + runs * 12 > this.#stscEnd) return false;
    let sample = 0;
    let run = 0;
    for (let chunk = 0; chunk < chunks; chunk++) {
      // The next run begins where its first chunk, counted from 1, is this one.
      while (run + 1 < runs && file.u32(this.#stsc + 8 + (run + 1) * 12) <= chunk + 1) run++;
      let bytes = 0;
      const inChunk = runs > 0 ? file.u32(this.#stsc + 8 + run * 12 + 4) : 0;
      for (let i = 0; i < inChunk && sample < samples; i++, sample++) {
        if (!this.#scan.countEntry()) return false;
        bytes += size > 0 ? size : file.u32(this.#stsz + 12 + sample * 4);
      }
      const at = this.#chunks + 8 + chunk * this.#offsetBytes;
      const from = origin + (this.#offsetBytes === 4 ? file.u32(at) : file.u64(at));
      this.#scan.hide(from, from + bytes);
      this.#scan.gpsChunks++;
    }
    return sample === samples && file.ok;
  }
}
