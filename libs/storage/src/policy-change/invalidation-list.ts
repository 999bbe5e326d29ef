/** Nodes whose names or attributes the kernel has to forget, as numbers in a row: a million of them are 12 MB, for a while. */

export const INVALIDATE = { entry: 1, attributes: 2 } as const;

/** Words of one: slot, generation, INVALIDATE bits. */
export const INVALIDATION_WORDS = 3;

/** Of one piece. Nothing that is there is copied when more comes: it comes under the table lock. */
const PIECE_WORDS = 4096 * INVALIDATION_WORDS;

export class InvalidationList {
  readonly #pieces: Uint32Array[] = [];
  #last: Uint32Array = new Uint32Array(0);
  /** Words used of the last piece. */
  #used = 0;

  get length(): number {
    const whole = Math.max(0, this.#pieces.length - 1) * PIECE_WORDS;
    return (whole + this.#used) / INVALIDATION_WORDS;
  }

  add(slot: number, generation: number, entry: boolean, attributes: boolean): void {
    if (this.#used === this.#last.length) {
      this.#last = new Uint32Array(PIECE_WORDS);
      this.#pieces.push(this.#last);
      this.#used = 0;
    }
    this.#last[this.#used] = slot;
    this.#last[this.#used + 1] = generation;
    this.#last[this.#used + 2] = (entry ? INVALIDATE.entry : 0) | (attributes ? INVALIDATE.attributes : 0);
    this.#used += INVALIDATION_WORDS;
  }

  /** All of them in one array. */
  words(): Uint32Array<ArrayBuffer> {
    const words = new Uint32Array(this.length * INVALIDATION_WORDS);
    this.#pieces.forEach((piece, index) => {
      words.set(piece === this.#last ? piece.subarray(0, this.#used) : piece, index * PIECE_WORDS);
    });
    return words;
  }
}
