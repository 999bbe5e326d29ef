/**
 * The compiled image: one block of little-endian 32-bit words, position-independent, 4-byte aligned. Offsets in the
 * header are words from the image's start unless they say bytes.
 *
 * ```
 * path state   table, list offset
 * table        has names of its own, base table, start state for other names, offset in targets
 * targets      path state by accept class
 * list         count | NEEDS_SIZE | HAS_AUTO, rule indices
 * rule         action, access, min low, min high, max low, max high, id offset, id bytes, why offset, why bytes
 * name entry   table << 13 | bytes, hash, string offset, target
 * name state   accept class, fallback, edge offset << 5 | count
 * edges        exceptions: class << 16 | target; or a row of targets by class
 * ascii        class of each of the first 128 characters
 * ranges       first unit of each interval, then the class of each
 * strings      bytes
 * ```
 */

/** "SLPY" in memory. */
export const MAGIC = 0x59504c53;
export const IMAGE_VERSION = 1;

export const HEADER = {
  magic: 0,
  version: 1,
  totalBytes: 2,
  rootState: 3,
  stateCount: 4,
  states: 5,
  tableCount: 6,
  tables: 7,
  targetCount: 8,
  targets: 9,
  listWords: 10,
  lists: 11,
  ruleCount: 12,
  rules: 13,
  nameSlots: 14,
  names: 15,
  nameSeed: 16,
  nameStateCount: 17,
  nameStates: 18,
  edgeWords: 19,
  edges: 20,
  ascii: 21,
  rangeCount: 22,
  ranges: 23,
  stringBytes: 24,
  strings: 25,
  defaultAction: 26,
  /** 1: `auto` passes small files through as well. The one word that is set after compiling. */
  cheapRegistrations: 27,
} as const;
export const HEADER_WORDS = 28;

export const STATE_WORDS = 2;
export const TABLE_WORDS = 4;
export const RULE_WORDS = 10;
export const NAME_WORDS = 4;
export const NAME_STATE_WORDS = 3;
export const ASCII_WORDS = 128;

/** A free slot of the name table: no key, since tables are fewer than 2^18. */
export const FREE_SLOT = 0xffff_ffff;
/** Slots looked at before a name counts as absent; the writer places no name farther. */
export const PROBES_MAX = 64;
/** `count` of a name state whose edges are a row. */
export const ROW = 31;
/** `auto` in a rule or as the default; decisions never have it. */
export const AUTO = 4;

export const FNV_PRIME = 0x01000193;

/** The key of a name in a table: both fit, names being at most 4096 bytes and tables fewer than 2^18. */
export function nameKey(table: number, bytes: number): number {
  return ((table << 13) | bytes) >>> 0;
}

/** A name's hash (FNV-1a from the image's seed) in a table, spread over all bits. */
export function nameHash(fnv: number, table: number): number {
  let hash = fnv ^ Math.imul(table + 1, 0x9e3779b1);
  hash = Math.imul(hash ^ (hash >>> 15), 0x85ebca6b);
  return (hash ^ (hash >>> 13)) >>> 0;
}

/** The slot of a probe. Double hashing keeps the probes short where names crowd; an odd stride visits every slot. */
export function nameSlot(hash: number, probe: number, mask: number): number {
  return (hash + Math.imul(probe, (hash >>> 16) | 1)) & mask;
}
