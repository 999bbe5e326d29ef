/**
 * Reads names by an image, in place: literal ones by hash, others by an automaton over characters, and extensions. As all
 * of the reader it believes nothing it reads: an index out of range reads as 0, and every loop is bounded by the caller's
 * lengths or by a constant.
 */
import { canonicalBytes, isTail } from './canonical.ts';
import type { HeaderField } from './image-header.ts';
import * as layout from './image-layout.ts';
import { unitAt } from './utf8.ts';

/** No path state: they are fewer than 2^17, and garbage that says so only leads on to the next look-up. */
const NO_TARGET = -1;
const DOT = 0x2e;

export class NameReader {
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #states: number;
  readonly #tables: number;
  readonly #targets: number;
  readonly #names: number;
  readonly #nameMask: number;
  readonly #nameSeed: number;
  readonly #nameStates: number;
  readonly #edges: number;
  readonly #ascii: number;
  readonly #ranges: number;
  readonly #rangeCount: number;
  readonly #extensions: number;
  readonly #extensionMask: number;
  readonly #extensionBytes: number;
  readonly #strings: number;
  readonly #folds: boolean;

  constructor(words: Uint32Array, bytes: Uint8Array, field: HeaderField) {
    this.#words = words;
    this.#bytes = bytes;
    this.#states = field('states');
    this.#tables = field('tables');
    this.#targets = field('targets');
    this.#names = field('names');
    this.#nameMask = field('nameSlots') - 1;
    this.#nameSeed = field('nameSeed') | 0;
    this.#nameStates = field('nameStates');
    this.#edges = field('edges');
    this.#ascii = field('ascii');
    this.#ranges = field('ranges');
    this.#rangeCount = field('rangeCount');
    this.#extensions = field('extensions');
    this.#extensionMask = field('extensionSlots') - 1;
    this.#extensionBytes = field('extensionBytes');
    this.#strings = field('strings') * 4;
    this.#folds = (field('flags') & layout.FLAG.foldNames) !== 0;
  }

  /** What `PolicyImage.step` returns; `[start, end)` is not empty and within the bytes. */
  step(state: number, bytes: Uint8Array, start: number, end: number): number {
    if (!this.#folds) return this.#walk(state, bytes, start, end);
    let tail = end;
    while (tail > start && isTail((bytes[tail - 1] ?? 0) | 0)) tail--;
    for (let i = start; i < end; i++) {
      if (((bytes[i] ?? 0) | 0) < 0x80) continue;
      // The one allocation: names beyond ASCII take the slow path.
      const form = canonicalBytes(bytes, start, end);
      return this.#walk(state, form, 0, form.length);
    }
    return this.#walk(state, bytes, start, tail === start ? end : tail);
  }

  #walk(state: number, bytes: Uint8Array, start: number, end: number): number {
    const table =
      this.#word(this.#states + (state & layout.STATE_MASK) * layout.STATE_WORDS) & layout.TABLE_MASK;
    const next = this.#next(table, bytes, start, end) & layout.STATE_MASK;
    if (this.#extensionBytes === 0) return next;
    return (this.#extensionClass(bytes, start, end) << layout.STATE_BITS) | next;
  }

  #next(table: number, bytes: Uint8Array, start: number, end: number): number {
    const record = this.#tables + table * layout.TABLE_WORDS;
    const base = this.#word(record + 1);
    const own = this.#word(record) !== 0;
    const inBase = base !== table && this.#word(this.#tables + base * layout.TABLE_WORDS) !== 0;
    if (own || inBase) {
      const fnv = this.#hash(bytes, start, end, this.#folds);
      let target = own ? this.#literal(table, fnv, bytes, start, end) : NO_TARGET;
      if (target === NO_TARGET && inBase) target = this.#literal(base, fnv, bytes, start, end);
      if (target !== NO_TARGET) return target;
    }
    const accept = this.#readName(this.#word(record + 2), bytes, start, end);
    return this.#word(this.#targets + this.#word(record + 3) + accept);
  }

  #word(at: number): number {
    return (this.#words[at] ?? 0) >>> 0;
  }

  #hash(bytes: Uint8Array, start: number, end: number, folds: boolean): number {
    let fnv = this.#nameSeed;
    if (!folds) {
      for (let i = start; i < end; i++) fnv = Math.imul(fnv ^ ((bytes[i] ?? 0) | 0), layout.FNV_PRIME);
      return fnv;
    }
    for (let i = start; i < end; i++) fnv = Math.imul(fnv ^ lower((bytes[i] ?? 0) | 0), layout.FNV_PRIME);
    return fnv;
  }

  /** Whether the string at an offset is these bytes. */
  #equals(offset: number, bytes: Uint8Array, start: number, end: number, folds: boolean): boolean {
    const name = this.#strings + offset - start;
    let i = start;
    if (folds) while (i < end && this.#bytes[name + i] === lower((bytes[i] ?? 0) | 0)) i++;
    else while (i < end && this.#bytes[name + i] === bytes[i]) i++;
    return i === end;
  }

  /** The target of a literal name in a table, or NO_TARGET. */
  #literal(table: number, fnv: number, bytes: Uint8Array, start: number, end: number): number {
    const hash = layout.nameHash(fnv, table);
    const key = layout.nameKey(table, end - start);
    for (let probe = 0; probe < layout.PROBES_MAX; probe++) {
      const slot = this.#names + layout.nameSlot(hash, probe, this.#nameMask) * layout.NAME_WORDS;
      const found = this.#word(slot);
      if (found === layout.FREE_SLOT) return NO_TARGET;
      if (found !== key || this.#word(slot + 1) !== hash) continue;
      if (this.#equals(this.#word(slot + 2), bytes, start, end, this.#folds)) return this.#word(slot + 3);
    }
    return NO_TARGET;
  }

  /** Class of what stands after the last dot, but for a dot at the start; 0 where no rule names it. */
  #extensionClass(bytes: Uint8Array, start: number, end: number): number {
    const first = Math.max(start + 1, end - this.#extensionBytes - 1);
    for (let dot = end - 1; dot >= first; dot--) {
      if (bytes[dot] !== DOT) continue;
      const length = end - dot - 1;
      if (length === 0) return 0;
      const hash = layout.nameHash(this.#hash(bytes, dot + 1, end, true), 0);
      for (let probe = 0; probe < layout.PROBES_MAX; probe++) {
        const slot =
          this.#extensions + layout.nameSlot(hash, probe, this.#extensionMask) * layout.EXTENSION_WORDS;
        const found = this.#word(slot);
        if (found === layout.FREE_SLOT) return 0;
        if (found !== length || this.#word(slot + 1) !== hash) continue;
        if (this.#equals(this.#word(slot + 2), bytes, dot + 1, end, true))
          return this.#word(slot + 3) & EXTENSION_MASK;
      }
      return 0;
    }
    return 0;
  }

  /** Runs a name through its automaton; the accept class it ends in. */
  #readName(state: number, bytes: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const record = this.#nameStates + state * layout.NAME_STATE_WORDS;
      const fallback = this.#word(record + 1);
      const edges = this.#word(record + 2);
      if (fallback === state && (edges & 31) === 0) break;
      const unit = unitAt(bytes, at, end);
      at += unit & 7;
      const code = unit >>> 3;
      const unitClass = this.#classOf(this.#folds ? lower(code) : code);
      let target = this.#edge(edges, unitClass);
      if (target === NO_TARGET && fallback !== state) {
        target = this.#edge(this.#word(this.#nameStates + fallback * layout.NAME_STATE_WORDS + 2), unitClass);
      }
      state = target === NO_TARGET ? fallback : target;
    }
    return this.#word(this.#nameStates + state * layout.NAME_STATE_WORDS);
  }

  #edge(edges: number, unitClass: number): number {
    const first = this.#edges + (edges >>> 5);
    const count = edges & 31;
    if (count === layout.ROW) return this.#word(first + unitClass);
    for (let i = first; i < first + count; i++) {
      const edge = this.#word(i);
      if (edge >>> 16 === unitClass) return edge & 0xffff;
    }
    return NO_TARGET;
  }

  #classOf(unit: number): number {
    if (unit < layout.ASCII_WORDS) return this.#word(this.#ascii + unit);
    let low = 0;
    let high = this.#rangeCount - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#word(this.#ranges + middle) <= unit) low = middle;
      else high = middle - 1;
    }
    return this.#word(this.#ranges + this.#rangeCount + low);
  }
}

const EXTENSION_MASK = 0x3fff;

/** The lower case of an ASCII letter; anything else as it is. */
function lower(code: number): number {
  return code >= 0x41 && code <= 0x5a ? code | 0x20 : code;
}
