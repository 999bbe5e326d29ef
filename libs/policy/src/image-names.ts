/** The open-addressed tables of an image: literal names by table, and extensions. */
import { LimitReached } from './budget.ts';
import * as layout from './image-layout.ts';
import type { PathAutomaton } from './path-automaton.ts';
import { utf8 } from './utf8.ts';

/** The bytes of all strings, each text once. */
export class Strings {
  #bytes = new Uint8Array(4096);
  readonly #placed = new Map<string, readonly [number, number]>();
  length = 0;

  /** Offset and bytes of a text. */
  place(text: string): readonly [number, number] {
    let placed = this.#placed.get(text);
    if (!placed) {
      const bytes = utf8(text);
      if (this.length + bytes.length > this.#bytes.length) {
        const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes.length));
        grown.set(this.#bytes);
        this.#bytes = grown;
      }
      this.#bytes.set(bytes, this.length);
      placed = [this.length, bytes.length];
      this.#placed.set(text, placed);
      this.length += bytes.length;
    }
    return placed;
  }

  fnv(offset: number, bytes: number, seed: number): number {
    let fnv = seed;
    for (let i = offset; i < offset + bytes; i++)
      fnv = Math.imul(fnv ^ (this.#bytes[i] ?? 0), layout.FNV_PRIME);
    return fnv;
  }

  words(): Uint32Array {
    const words = new Uint32Array((this.length + 3) >>> 2);
    new Uint8Array(words.buffer).set(this.#bytes.subarray(0, this.length));
    return words;
  }
}

export interface NameTables {
  readonly seed: number;
  readonly names: Uint32Array;
  readonly extensions: Uint32Array;
  /** Of the longest extension. */
  readonly extensionBytes: number;
}

/** All names and extensions. A seed that crowds some slots is given up for the next. */
export function writeNames(
  paths: PathAutomaton,
  extensions: ReadonlyMap<string, number>,
  strings: Strings,
): NameTables {
  // Four words each: table, string offset, bytes, target.
  const names: number[] = [];
  for (const [table, { names: own }] of paths.tables.entries()) {
    for (const [name, target] of own) names.push(table, ...strings.place(name), target);
  }
  const byExtension: number[] = [];
  let extensionBytes = 0;
  for (const [extension, unitClass] of extensions) {
    const placed = strings.place(extension);
    extensionBytes = Math.max(extensionBytes, placed[1]);
    byExtension.push(0, ...placed, unitClass);
  }
  for (let attempt = 0; attempt < 8; attempt++) {
    const seed = (0x811c9dc5 + Math.imul(attempt, 0x9e3779b1)) >>> 0;
    const placed = placeAll(names, layout.nameKey, strings, seed);
    const others = placed && placeAll(byExtension, (_, bytes) => bytes, strings, seed);
    if (others) return { seed, names: placed, extensions: others, extensionBytes };
  }
  throw new LimitReached('the names in the globs cannot be laid out evenly; leave some of them out');
}

function placeAll(
  entries: readonly number[],
  keyOf: (table: number, bytes: number) => number,
  strings: Strings,
  seed: number,
): Uint32Array | undefined {
  const count = entries.length / 4;
  const capacity = 2 ** Math.ceil(Math.log2((count * 4) / 3 + 1));
  const slots = new Uint32Array(capacity * layout.NAME_WORDS);
  for (let slot = 0; slot < capacity; slot++) slots[slot * layout.NAME_WORDS] = layout.FREE_SLOT;
  for (let i = 0; i < entries.length; i += 4) {
    const [table, offset, bytes, target] = [
      entries[i] ?? 0,
      entries[i + 1] ?? 0,
      entries[i + 2] ?? 0,
      entries[i + 3] ?? 0,
    ];
    const hash = layout.nameHash(strings.fnv(offset, bytes, seed), table);
    let at = -1;
    for (let probe = 0; probe < layout.PROBES_MAX; probe++) {
      const slot = layout.nameSlot(hash, probe, capacity - 1) * layout.NAME_WORDS;
      if (slots[slot] !== layout.FREE_SLOT) continue;
      at = slot;
      break;
    }
    if (at < 0) return undefined;
    slots[at] = keyOf(table, bytes);
    slots[at + 1] = hash;
    slots[at + 2] = offset;
    slots[at + 3] = target;
  }
  return slots;
}
