/**
 * The compiled image: one block of little-endian 32-bit words, position-independent, 4-byte aligned. Offsets in the
 * header are words from the image's start unless they say bytes.
 *
 * ```
 * path state   MAY bits of what lies beneath << 28 | table, cell
 * table        has names of its own, base table, start state for other names, offset in targets
 * targets      path state by accept class
 * node         kind << 28 | MAY bits by type, cells (see decision-nodes.ts)
 * rule         errno, entry timeout, attribute timeout, read-ahead, keep-cache, id offset, id bytes, why offset, why bytes
 * name entry   table << 13 | bytes, hash, string offset, target
 * name state   accept class, fallback, edge offset << 5 | count
 * edges        exceptions: class << 16 | target; or a row of targets by class
 * ascii        class of each of the first 128 characters
 * ranges       first unit of each interval, then the class of each
 * extension    bytes, hash, string offset, class
 * intervals    of uids, app ids and gids: first id of each, then the class of each
 * joined       class by uid class and app class
 * callers      caller class by joined class and gid class
 * samples      a uid and a gid of each caller class, MAY bits of the rules about it
 * bounds       sizes, low and high word, ascending
 * strings      bytes
 * ```
 *
 * What a step returns is extension class << 17 | path state: 31 bits.
 */

/** "SLPY" in memory. */
export const MAGIC = 0x59504c53;
export const IMAGE_VERSION = 2;

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
  nodeWords: 10,
  nodes: 11,
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
  extensionSlots: 24,
  extensions: 25,
  /** Bytes of the longest extension that a rule names. */
  extensionBytes: 26,
  uidCount: 27,
  uids: 28,
  appCount: 29,
  apps: 30,
  gidCount: 31,
  gids: 32,
  /** Classes of app ids and of gids: the widths of the tables that join them. */
  appClasses: 33,
  gidClasses: 34,
  joinedCount: 35,
  joined: 36,
  callerCount: 37,
  callers: 38,
  classes: 39,
  samples: 40,
  boundCount: 41,
  bounds: 42,
  stringBytes: 43,
  strings: 44,
  defaultAction: 45,
  defaultEntryTimeout: 46,
  defaultAttributeTimeout: 47,
  defaultReadAhead: 48,
  flags: 49,
} as const;
export const HEADER_WORDS = 50;

/** Bits of `flags`. */
export const FLAG = { foldNames: 1, shapesNames: 2, guards: 4, keepCache: 8, trees: 16 } as const;

export const STATE_WORDS = 2;
export const TABLE_WORDS = 4;
export const RULE_WORDS = 9;
export const NAME_WORDS = 4;
export const NAME_STATE_WORDS = 3;
export const ASCII_WORDS = 128;
export const EXTENSION_WORDS = 4;
export const SAMPLE_WORDS = 3;

/** The path state in what a step returns; the extension class is above. */
export const STATE_BITS = 17;
export const STATE_MASK = 0x1_ffff;
/** The table in a path state's first word. */
export const TABLE_MASK = 0xfff_ffff;
export const BENEATH_SHIFT = 28;

/** A timeout that neither the rule nor the defaults give. */
export const NOT_GIVEN = 0xffff_ffff;

/** A free slot of a table of names or extensions: no key, since tables are fewer than 2^18. */
export const FREE_SLOT = 0xffff_ffff;
/** Slots looked at before a name counts as absent; the writer places no name farther. */
export const PROBES_MAX = 64;
/** `count` of a name state whose edges are a row. */
export const ROW = 31;

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
