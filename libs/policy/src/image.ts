/**
 * The reader of a compiled image, in place: in session memory, where another thread may be replacing it. Steps and
 * decisions therefore believe nothing they read: an index out of range reads as 0, every loop is bounded by the
 * caller's lengths or by a constant, and nothing throws or allocates. What a torn image yields may be wrong, never
 * harmful; the epoch beside it tells the caller to ask again.
 */
import { ACCESS, ACCESS_ANY, ACTION, packDecision, REASON, AUTO_LARGE_BYTES } from './actions.ts';
import { LIST_COUNT, LIST_HAS_AUTO, LIST_NEEDS_SIZE } from './decision-lists.ts';
import * as layout from './image-layout.ts';
import { LIMITS } from './limits.ts';
import { unitAt } from './utf8.ts';

const { HEADER } = layout;

export class PolicyImage {
  readonly rootState: number;
  readonly ruleCount: number;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #states: number;
  readonly #tables: number;
  readonly #targets: number;
  readonly #lists: number;
  readonly #rules: number;
  readonly #names: number;
  readonly #nameMask: number;
  readonly #nameSeed: number;
  readonly #nameStates: number;
  readonly #edges: number;
  readonly #ascii: number;
  readonly #ranges: number;
  readonly #rangeCount: number;
  readonly #strings: number;
  readonly #stringBytes: number;
  readonly #defaultAction: number;
  readonly #cheapRegistrations: boolean;

  /**
   * @param byteOffset of the image in the buffer, a multiple of 4
   * @throws RangeError where no whole image of this version starts there
   */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer, byteOffset: number) {
    const room = buffer.byteLength - byteOffset;
    if (!Number.isSafeInteger(byteOffset) || byteOffset < 0 || byteOffset % 4 !== 0) {
      throw new RangeError(
        `policy image at ${String(byteOffset)}: the offset must be a non-negative multiple of 4`,
      );
    }
    if (room < layout.HEADER_WORDS * 4) {
      throw new RangeError(
        `policy image at ${String(byteOffset)}: ${String(room)} bytes do not hold a header`,
      );
    }
    const header = new Uint32Array(buffer, byteOffset, layout.HEADER_WORDS).slice();
    const field = (name: keyof typeof HEADER): number => header[HEADER[name]] ?? 0;
    checkHeader(field, room, byteOffset);
    const total = field('totalBytes');
    this.#words = new Uint32Array(buffer, byteOffset, total / 4);
    this.#bytes = new Uint8Array(buffer, byteOffset, total);
    this.rootState = field('rootState');
    this.ruleCount = field('ruleCount');
    this.#states = field('states');
    this.#tables = field('tables');
    this.#targets = field('targets');
    this.#lists = field('lists');
    this.#rules = field('rules');
    this.#names = field('names');
    this.#nameMask = field('nameSlots') - 1;
    this.#nameSeed = field('nameSeed') | 0;
    this.#nameStates = field('nameStates');
    this.#edges = field('edges');
    this.#ascii = field('ascii');
    this.#ranges = field('ranges');
    this.#rangeCount = field('rangeCount');
    this.#strings = field('strings') * 4;
    this.#stringBytes = field('stringBytes');
    this.#defaultAction = field('defaultAction');
    this.#cheapRegistrations = field('cheapRegistrations') !== 0;
  }

  /**
   * The state after one component, the bytes `[start, end)` without a separator. No bytes: the same state.
   * @param state `rootState` or what a step of this image returned
   */
  step(state: number, bytes: Uint8Array, start: number, end: number): number {
    if (end > bytes.length) end = bytes.length;
    if (!(start < end)) return state;
    const table = this.#word(this.#states + state * layout.STATE_WORDS);
    const record = this.#tables + table * layout.TABLE_WORDS;
    const base = this.#word(record + 1);
    const own = this.#word(record) !== 0;
    const inBase = base !== table && this.#word(this.#tables + base * layout.TABLE_WORDS) !== 0;
    if (own || inBase) {
      let fnv = this.#nameSeed;
      for (let i = start; i < end; i++) fnv = Math.imul(fnv ^ ((bytes[i] ?? 0) | 0), layout.FNV_PRIME);
      let target = own ? this.#literal(table, fnv, bytes, start, end) : NO_TARGET;
      if (target === NO_TARGET && inBase) target = this.#literal(base, fnv, bytes, start, end);
      if (target !== NO_TARGET) return target;
    }
    const accept = this.#readName(this.#word(record + 2), bytes, start, end);
    return this.#word(this.#targets + this.#word(record + 3) + accept);
  }

  /**
   * The packed decision about an open of the path that ends in a state: action | reason << 4 | rule << 8, the rule being
   * its index + 1, or 0 where none matched.
   * @param access ACCESS bits; a rule matches if it names any of them
   * @param size bytes, as they are now: 0 for a file being created
   * @param registered whether the inode already holds a backing id
   */
  decide(state: number, access: number, size: number, registered: boolean): number {
    const list = this.#lists + this.#word(this.#states + state * layout.STATE_WORDS + 1);
    let count = this.#word(list) & LIST_COUNT;
    if (count > LIMITS.rules) count = LIMITS.rules;
    for (let i = 1; i <= count; i++) {
      const index = this.#word(list + i);
      const rule = this.#rules + index * layout.RULE_WORDS;
      const wanted = this.#word(rule + 1);
      if (wanted !== ACCESS_ANY && (wanted & access) === 0) continue;
      if (size < this.#size(rule + 2) || size >= this.#size(rule + 4)) continue;
      return this.#resolve(this.#word(rule), REASON.rule, (index + 1) & 0xff_ffff, access, size, registered);
    }
    return this.#resolve(this.#defaultAction, REASON.default, 0, access, size, registered);
  }

  /** Whether a decision in this state looks at the size: where not, an open needs no stat. `registered` as for `decide`. */
  dependsOnSize(state: number, registered: boolean): boolean {
    const list = this.#lists + this.#word(this.#states + state * layout.STATE_WORDS + 1);
    const word = this.#word(list);
    return word >= LIST_NEEDS_SIZE || (!registered && (word & LIST_HAS_AUTO) !== 0);
  }

  /** The id of a rule by its 0-based index; empty where there is none. Allocates. */
  ruleId(index: number): string {
    return this.#ruleText(index, 6);
  }

  /** The free text of a rule by its 0-based index; empty where it has none. Allocates. */
  ruleWhy(index: number): string {
    return this.#ruleText(index, 8);
  }

  #word(at: number): number {
    return (this.#words[at] ?? 0) >>> 0;
  }

  #size(at: number): number {
    return this.#word(at + 1) * 4294967296 + this.#word(at);
  }

  #resolve(
    action: number,
    reason: number,
    rule: number,
    access: number,
    size: number,
    registered: boolean,
  ): number {
    if (action !== layout.AUTO) {
      const known = action >= ACTION.passthrough && action <= ACTION.direct;
      return packDecision(known ? action : ACTION.cached, reason, rule);
    }
    if (registered) return packDecision(ACTION.passthrough, REASON['auto-registered'], rule);
    if ((access & ACCESS.write) !== 0 || size >= AUTO_LARGE_BYTES) {
      return packDecision(ACTION.passthrough, REASON['auto-large'], rule);
    }
    if (this.#cheapRegistrations) return packDecision(ACTION.passthrough, REASON['auto-cheap'], rule);
    return packDecision(ACTION.cached, REASON['auto-small'], rule);
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
      const name = this.#strings + this.#word(slot + 2) - start;
      let i = start;
      while (i < end && this.#bytes[name + i] === bytes[i]) i++;
      if (i === end) return this.#word(slot + 3);
    }
    return NO_TARGET;
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
      const unitClass = this.#classOf(unit >>> 3);
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

  #ruleText(index: number, at: number): string {
    if (!(index >= 0 && index < this.ruleCount)) return '';
    const rule = this.#rules + index * layout.RULE_WORDS;
    const offset = Math.min(this.#word(rule + at), this.#stringBytes);
    const end = Math.min(offset + this.#word(rule + at + 1), this.#stringBytes);
    // TextDecoder takes no shared memory everywhere, hence the copy.
    return new TextDecoder().decode(this.#bytes.slice(this.#strings + offset, this.#strings + end));
  }
}

/** No path state: they are fewer than 2^17, and garbage that says so only leads on to the next look-up. */
const NO_TARGET = -1;

function checkHeader(field: (name: keyof typeof HEADER) => number, room: number, byteOffset: number): void {
  const fail = (what: string): never => {
    throw new RangeError(`policy image at ${String(byteOffset)}: ${what}`);
  };
  if (field('magic') !== layout.MAGIC) fail(`magic is 0x${field('magic').toString(16)}, not 0x59504c53`);
  if (field('version') !== layout.IMAGE_VERSION) fail(`version is ${String(field('version'))}, not 1`);
  const total = field('totalBytes');
  if (total % 4 !== 0 || total < layout.HEADER_WORDS * 4 || total > Math.min(room, LIMITS.imageBytes)) {
    fail(
      `length is ${String(total)}, with ${String(room)} bytes of room and a limit of ${String(LIMITS.imageBytes)}`,
    );
  }
  const slots = field('nameSlots');
  if (slots === 0 || (slots & (slots - 1)) !== 0) fail(`${String(slots)} name slots are no power of two`);
  const sections = [
    ['states', field('stateCount') * layout.STATE_WORDS],
    ['tables', field('tableCount') * layout.TABLE_WORDS],
    ['targets', field('targetCount')],
    ['lists', field('listWords')],
    ['rules', field('ruleCount') * layout.RULE_WORDS],
    ['names', slots * layout.NAME_WORDS],
    ['nameStates', field('nameStateCount') * layout.NAME_STATE_WORDS],
    ['edges', field('edgeWords')],
    ['ascii', layout.ASCII_WORDS],
    ['ranges', field('rangeCount') * 2],
    ['strings', Math.ceil(field('stringBytes') / 4)],
  ] as const;
  for (const [name, words] of sections) {
    if (field(name) < layout.HEADER_WORDS || field(name) + words > total / 4)
      fail(`the ${name} lie outside of it`);
  }
}
