/**
 * The reader of a compiled image, in place: in session memory, where another thread may be replacing it. Steps and
 * decisions therefore believe nothing they read: an index out of range reads as 0, every loop is bounded by the
 * caller's lengths or by a constant, and nothing throws or allocates. What a torn image yields may be wrong, never
 * harmful; the epoch beside it tells the caller to ask again.
 */
import { ACTION, MAY, packDecision, REASON, TYPE } from './actions.ts';
import {
  DECISION_BIT,
  mayOfAction,
  NODE,
  NODE_KIND_SHIFT,
  NODE_OFFSET_MASK,
  WINDOW_HEADER,
} from './decision-nodes.ts';
import { USER_UIDS } from './id-ranges.ts';
import { readHeader } from './image-header.ts';
import * as layout from './image-layout.ts';
import { NameReader } from './image-name-reader.ts';
import { LIMITS } from './limits.ts';

/** Kinds of nodes on the way to a decision, one after the other. */
const DEPTH_MAX = 5;
/** What a reader of garbage decides. */
const NO_DECISION: number = packDecision(ACTION.cached, REASON.default, 0);
const NO_SIZE = -1;
const SLASH = 0x2f;

export class PolicyImage {
  /** The state of the volume root. */
  readonly rootState: number;
  readonly ruleCount: number;
  /** How many sorts of callers there are; 1: no rule asks who calls. */
  readonly classes: number;
  /** Some rule hides, redacts or denies, or it or the defaults give entry or attribute timeouts: LOOKUP has to ask. */
  readonly shapesNames: boolean;
  /** Some rule hides, redacts or denies. */
  readonly guards: boolean;
  /** Some rule is a `tree`. */
  readonly trees: boolean;
  readonly #words: Uint32Array;
  readonly #bytes: Uint8Array;
  readonly #names: NameReader;
  readonly #states: number;
  readonly #nodes: number;
  readonly #rules: number;
  readonly #uids: number;
  readonly #uidCount: number;
  readonly #apps: number;
  readonly #appCount: number;
  readonly #gids: number;
  readonly #gidCount: number;
  readonly #appClasses: number;
  readonly #gidClasses: number;
  readonly #joined: number;
  readonly #callers: number;
  readonly #samples: number;
  readonly #bounds: number;
  readonly #boundCount: number;
  readonly #strings: number;
  readonly #stringBytes: number;
  readonly #entryTimeout: number;
  readonly #attributeTimeout: number;
  readonly #readAhead: number;
  readonly #keepCache: boolean;

  /**
   * @param byteOffset of the image in the buffer, a multiple of 4
   * @throws RangeError where no whole image of this version starts there
   */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer, byteOffset: number) {
    const field = readHeader(buffer, byteOffset);
    const total = field('totalBytes');
    this.#words = new Uint32Array(buffer, byteOffset, total / 4);
    this.#bytes = new Uint8Array(buffer, byteOffset, total);
    this.#names = new NameReader(this.#words, this.#bytes, field);
    this.rootState = field('rootState') & layout.STATE_MASK;
    this.ruleCount = field('ruleCount');
    this.classes = Math.min(field('classes'), LIMITS.callerClasses);
    this.shapesNames = (field('flags') & layout.FLAG.shapesNames) !== 0;
    this.guards = (field('flags') & layout.FLAG.guards) !== 0;
    this.trees = (field('flags') & layout.FLAG.trees) !== 0;
    this.#states = field('states');
    this.#nodes = field('nodes');
    this.#rules = field('rules');
    this.#uids = field('uids');
    this.#uidCount = field('uidCount');
    this.#apps = field('apps');
    this.#appCount = field('appCount');
    this.#gids = field('gids');
    this.#gidCount = field('gidCount');
    this.#appClasses = field('appClasses');
    this.#gidClasses = field('gidClasses');
    this.#joined = field('joined');
    this.#callers = field('callers');
    this.#samples = field('samples');
    this.#bounds = field('bounds');
    this.#boundCount = Math.min(field('boundCount'), LIMITS.sizeBounds);
    this.#strings = field('strings') * 4;
    this.#stringBytes = field('stringBytes');
    this.#entryTimeout = field('defaultEntryTimeout');
    this.#attributeTimeout = field('defaultAttributeTimeout');
    this.#readAhead = field('defaultReadAhead');
    this.#keepCache = (field('flags') & layout.FLAG.keepCache) !== 0;
  }

  /**
   * The state after one component, the bytes `[start, end)` without a separator. No bytes: the same state. Allocates for
   * names beyond ASCII in a volume whose names have no case, and never otherwise.
   * @param state `rootState` or what a step of this image returned
   */
  step(state: number, bytes: Uint8Array, start: number, end: number): number {
    if (end > bytes.length) end = bytes.length;
    if (!(start < end)) return state;
    return this.#names.step(state, bytes, start, end);
  }

  /** The state at a whole path, relative to the volume root, components apart by single slashes. */
  stateAt(path: Uint8Array): number {
    let state = this.rootState;
    for (let start = 0; start < path.length;) {
      const slash = path.indexOf(SLASH, start);
      const end = slash < 0 ? path.length : slash;
      state = this.step(state, path, start, end);
      start = end + 1;
    }
    return state;
  }

  /** The class of a caller: callers of one class are decided alike everywhere. */
  callerClass(uid: number, gid: number): number {
    if (this.classes === 1) return 0;
    const ofUid = this.#interval(this.#uids, this.#uidCount, uid);
    const ofApp = this.#interval(this.#apps, this.#appCount, uid % USER_UIDS);
    const joined = this.#word(this.#joined + ofUid * this.#appClasses + ofApp);
    const ofGid = this.#interval(this.#gids, this.#gidCount, gid);
    return Math.min(this.#word(this.#callers + joined * this.#gidClasses + ofGid), this.classes - 1);
  }

  /** A uid that belongs to a class, with `classGid`. */
  classUid(callerClass: number): number {
    return this.#word(this.#samples + callerClass * layout.SAMPLE_WORDS);
  }

  /** A gid that belongs to a class, with `classUid`. */
  classGid(callerClass: number): number {
    return this.#word(this.#samples + callerClass * layout.SAMPLE_WORDS + 1);
  }

  /** MAY bits of the rules that are about callers of this class, wherever they apply. */
  mayConcern(callerClass: number): number {
    return this.#word(this.#samples + callerClass * layout.SAMPLE_WORDS + 2);
  }

  /** Whether two states are one place of the path automaton: everything beneath is decided alike. */
  samePath(one: number, other: number): boolean {
    return ((one ^ other) & layout.STATE_MASK) === 0;
  }

  /**
   * The packed decision: action | reason << 4 | (rule index + 1) << 8. `auto` is not resolved here.
   * @param type a TYPE code
   * @param asked ACCESS bits; 0 asks about the name alone
   * @param size bytes, as they are now: 0 for a file being created
   */
  decide(state: number, callerClass: number, type: number, asked: number, size: number): number {
    return decisionOf(this.#resolve(state, callerClass, type, asked, size));
  }

  /** Whether a size condition takes part; whether `auto` asks the size is the caller's business. */
  dependsOnSize(state: number, callerClass: number, type: number, asked: number): boolean {
    return this.#resolve(state, callerClass, type, asked, NO_SIZE) < DECISION_BIT;
  }

  /** MAY bits: what some class and question gets at this state and type. */
  may(state: number, type: number): number {
    let cell = this.#cell(state);
    if (cell >>> NODE_KIND_SHIFT === NODE.extension)
      cell = this.#window(this.#nodes + (cell & NODE_OFFSET_MASK), (state >>> layout.STATE_BITS) & 0x3fff);
    const node = this.#nodes + (cell & NODE_OFFSET_MASK);
    const may = cell >= DECISION_BIT ? mayOfAction(cell & 0xf) : this.#word(node);
    return (may >>> ((type & 3) * 4)) & 0xf;
  }

  /** MAY bits: what some class and question may get strictly beneath this state. Never less than it is. */
  mayBeneath(state: number): number {
    return (
      this.#word(this.#states + (state & layout.STATE_MASK) * layout.STATE_WORDS) >>> layout.BENEATH_SHIFT
    );
  }

  /** MAY bits of hiding, redacting and denying a directory at this state, or anything beneath it. */
  guardsWithin(state: number): number {
    return (this.may(state, TYPE.directory) | this.mayBeneath(state)) & (MAY.hide | MAY.redact | MAY.deny);
  }

  /** Whether a directory at this state is a `tree` whose subtree can leave the daemon: no rule guards anything in it. */
  leavesWhole(state: number): boolean {
    if (!this.trees) return false;
    const decision = this.decide(state, this.callerClass(0, 0), TYPE.directory, 0, 0);
    return (decision & 0xf) === ACTION.tree && this.guardsWithin(state) === 0;
  }

  /** The positive errno of a deny; 0 of any other decision. */
  ruleErrno(decision: number): number {
    return (decision & 0xf) === ACTION.deny ? this.#ruleWord(decision, 0, EACCES) & 0xfff || EACCES : 0;
  }

  /** How long the kernel may keep the name, in milliseconds; -1: neither rule nor defaults say. */
  entryTimeoutMs(decision: number): number {
    const ms = this.#ruleWord(decision, 1, this.#entryTimeout);
    return ms === layout.NOT_GIVEN ? -1 : ms;
  }

  /** How long the kernel may keep the attributes, in milliseconds; -1: neither rule nor defaults say. */
  attributeTimeoutMs(decision: number): number {
    const ms = this.#ruleWord(decision, 2, this.#attributeTimeout);
    return ms === layout.NOT_GIVEN ? -1 : ms;
  }

  /** Bytes to read ahead, 0: none beyond what the kernel does. */
  readAhead(decision: number): number {
    return Math.min(this.#ruleWord(decision, 3, this.#readAhead), LIMITS.readAheadBytes);
  }

  /** Whether an open may keep the pages of before; true unless switched off. */
  keepCache(decision: number): boolean {
    return this.#ruleWord(decision, 4, this.#keepCache ? 1 : 0) !== 0;
  }

  /** The id of a rule by its 0-based index; empty where there is none. Allocates. */
  ruleId(index: number): string {
    return this.#ruleText(index, 5);
  }

  /** The free text of a rule by its 0-based index; empty where it has none. Allocates. */
  ruleWhy(index: number): string {
    return this.#ruleText(index, 7);
  }

  #word(at: number): number {
    return (this.#words[at] ?? 0) >>> 0;
  }

  #cell(state: number): number {
    return this.#word(this.#states + (state & layout.STATE_MASK) * layout.STATE_WORDS + 1);
  }

  /** The cell that a question leads to: a decision, or, where the size is NO_SIZE and matters, a node that asks it. */
  #resolve(state: number, callerClass: number, type: number, asked: number, size: number): number {
    let cell = this.#cell(state);
    for (let depth = 0; depth < DEPTH_MAX && cell < DECISION_BIT; depth++) {
      const node = this.#nodes + (cell & NODE_OFFSET_MASK);
      switch (cell >>> NODE_KIND_SHIFT) {
        case NODE.extension:
          cell = this.#window(node, (state >>> layout.STATE_BITS) & 0x3fff);
          break;
        case NODE.caller:
          cell = this.#window(node, callerClass);
          break;
        case NODE.type:
          cell = this.#word(node + 1 + (type & 3));
          break;
        case NODE.asked:
          cell = this.#word(node + 1 + (asked & 15));
          break;
        case NODE.size:
          if (size === NO_SIZE) return cell;
          cell = this.#window(node, this.#boundsBelow(size));
          break;
        default:
          return NOWHERE;
      }
    }
    return cell < DECISION_BIT ? NOWHERE : cell;
  }

  /** The cell of a number in a node of consecutive ones. */
  #window(node: number, number: number): number {
    const index = number - this.#word(node + 1);
    return this.#word(index >= 0 && index < this.#word(node + 2) ? node + WINDOW_HEADER + index : node + 3);
  }

  /** How many of the policy's sizes are at most this one. */
  #boundsBelow(size: number): number {
    let low = 0;
    let high = this.#boundCount;
    while (low < high) {
      const middle = (low + high) >>> 1;
      const at = this.#bounds + middle * 2;
      if (this.#word(at + 1) * 4294967296 + this.#word(at) <= size) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The class of the interval that holds an id. */
  #interval(at: number, count: number, id: number): number {
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#word(at + middle) <= id) low = middle;
      else high = middle - 1;
    }
    return this.#word(at + count + low);
  }

  /** A word of the deciding rule, or what holds where there is none. */
  #ruleWord(decision: number, word: number, otherwise: number): number {
    const index = (decision >>> 8) - 1;
    if (!(index >= 0 && index < this.ruleCount)) return otherwise;
    return this.#word(this.#rules + index * layout.RULE_WORDS + word);
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

const EACCES = 13;
/** A cell that says NO_DECISION. */
const NOWHERE = DECISION_BIT + NO_DECISION;

/** A decision cell as a decision that is one, whatever was read. */
function decisionOf(cell: number): number {
  const decision = cell & 0x7fff_ffff;
  const action = decision & 0xf;
  return action >= ACTION.passthrough && action <= ACTION.auto && ((decision >>> 4) & 0xf) <= REASON.rule
    ? decision
    : NO_DECISION;
}
