/**
 * Byte ranges [start, end) of a file, sorted and apart from each other at any time. Reused from file to file: nothing
 * is allocated after construction. Positions are doubles, exact to 2^53.
 *
 * Four times the capacity can wait for `settle`. Where that is not enough either, the two ranges nearest to each other
 * are joined, so the list always covers all that was added.
 */
export class RangeList {
  count = 0;
  readonly #capacity: number;
  readonly #room: number;
  readonly #starts: Float64Array;
  readonly #ends: Float64Array;
  #truncated = false;

  /** @param capacity ranges that may be left after `settle`, at least 1 */
  constructor(capacity = 64) {
    this.#capacity = Math.max(1, Math.floor(capacity));
    this.#room = this.#capacity * 4;
    // One more than the room: a range is put in before two are joined.
    this.#starts = new Float64Array(this.#room + 1);
    this.#ends = new Float64Array(this.#room + 1);
  }

  /** Whether ranges were joined that did not touch, so that more is covered than was added. */
  get truncated(): boolean {
    return this.#truncated;
  }

  /** The first byte of range `i`; 0 where there is no such range. */
  start(i: number): number {
    return i < this.count ? (this.#starts[i] ?? 0) : 0;
  }

  /** The byte after range `i`; 0 where there is no such range. */
  end(i: number): number {
    return i < this.count ? (this.#ends[i] ?? 0) : 0;
  }

  clear(): void {
    this.count = 0;
    this.#truncated = false;
  }

  /** Adds [start, end); an empty or senseless range adds nothing. */
  add(start: number, end: number): void {
    if (start < 0) start = 0;
    if (!(start < end)) return;
    const starts = this.#starts;
    const ends = this.#ends;
    // The ranges [first, after) touch the new one. Most ranges come in the order of the file: look from the end.
    let after = this.count;
    while (after > 0 && (starts[after - 1] ?? 0) > end) after--;
    let first = after;
    while (first > 0 && (ends[first - 1] ?? 0) >= start) first--;
    if (first < after) {
      starts[first] = Math.min(start, starts[first] ?? 0);
      ends[first] = Math.max(end, ends[after - 1] ?? 0);
      this.#move(after, first + 1);
      return;
    }
    this.#move(first, first + 1);
    starts[first] = start;
    ends[first] = end;
    if (this.count > this.#room) this.#joinNearest();
  }

  /** Leaves at most `capacity` ranges, joining the nearest until they fit: covers more, never less. */
  settle(): void {
    while (this.count > this.#capacity) this.#joinNearest();
  }

  #joinNearest(): void {
    let nearest = 1;
    let least = Infinity;
    for (let i = 1; i < this.count; i++) {
      const gap = (this.#starts[i] ?? 0) - (this.#ends[i - 1] ?? 0);
      if (gap < least) {
        least = gap;
        nearest = i;
      }
    }
    this.#ends[nearest - 1] = this.#ends[nearest] ?? 0;
    this.#move(nearest + 1, nearest);
    this.#truncated = true;
  }

  /** Moves the ranges from `from` on so that they begin at `to`. */
  #move(from: number, to: number): void {
    if (from !== to) {
      this.#starts.copyWithin(to, from, this.count);
      this.#ends.copyWithin(to, from, this.count);
      this.count += to - from;
    }
  }
}
