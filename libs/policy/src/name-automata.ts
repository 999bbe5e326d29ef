/**
 * Deterministic automata over the characters of one name: which of a set of wildcard patterns match it.
 *
 * A state is a set of trie nodes. Nodes after a `*` stay in the set for good; call them its loops. Where the rest of the
 * set goes on by literals only, the state needs to say only what those literals lead to, and everything else is what
 * the state of the loops alone would do: its `fallback`. So a state costs its few exceptions, not a row of the whole
 * alphabet, and the many patterns of a policy share the states of their common loops.
 */
import { classOf, type Alphabet } from './alphabet.ts';
import { heaviestOwner, LimitReached, type Budget } from './budget.ts';
import { LIMITS } from './limits.ts';
import { buildNameTrie, NO_NODE, SEVERAL, type NameNode, type NamePattern } from './name-trie.ts';

/** More exceptions than this, and a row is the smaller and faster form. */
export const EXCEPTIONS_MAX = 16;

export interface NameState {
  /** Which of the automaton's `accepts` a name ending here has. */
  accept: number;
  /** The state that answers where there is no exception; itself: stays here. */
  fallback: number;
  /** Target by alphabet class, where exceptions would be too many. */
  row: Int32Array | undefined;
  /** Pairs of alphabet class and target. */
  exceptions: number[];
}

export interface NameAutomaton {
  readonly start: number;
  /** Sets of pattern ids; the first is the empty one. */
  readonly accepts: readonly (readonly number[])[];
}

export class NameAutomata {
  /** The states of all automata. */
  readonly states: NameState[] = [];
  readonly #patterns: readonly NamePattern[];
  readonly #alphabet: Alphabet;
  readonly #budget: Budget;
  readonly #built = new Map<string, NameAutomaton>();

  constructor(patterns: readonly NamePattern[], alphabet: Alphabet, budget: Budget) {
    this.#patterns = patterns;
    this.#alphabet = alphabet;
    this.#budget = budget;
  }

  /** The automaton that tells which of the patterns match; `ids` ascending. */
  automaton(ids: readonly number[]): NameAutomaton {
    const key = ids.join();
    let built = this.#built.get(key);
    if (!built) {
      const trie = buildNameTrie(this.#patterns, ids, this.#alphabet, this.#budget);
      built = new SubsetConstruction(trie, this.states, this.#alphabet.classCount, this.#budget).run();
      this.#built.set(key, built);
    }
    return built;
  }

  /** The patterns of the automaton that match a name. */
  match(automaton: NameAutomaton, name: string): readonly number[] {
    let at = automaton.start;
    for (const char of name) at = this.#next(at, classOf(this.#alphabet, char.codePointAt(0) ?? 0));
    this.#budget.spend(name.length);
    return automaton.accepts[this.states[at]?.accept ?? 0] ?? [];
  }

  #next(at: number, unitClass: number): number {
    const state = this.states[at] as NameState;
    const own = ownTarget(state, unitClass);
    if (own !== undefined) return own;
    if (state.fallback === at) return at;
    return ownTarget(this.states[state.fallback] as NameState, unitClass) ?? state.fallback;
  }
}

function ownTarget(state: NameState, unitClass: number): number | undefined {
  if (state.row) return state.row[unitClass];
  for (let i = 0; i < state.exceptions.length; i += 2) {
    if (state.exceptions[i] === unitClass) return state.exceptions[i + 1];
  }
  return undefined;
}

class SubsetConstruction {
  readonly #trie: readonly NameNode[];
  readonly #states: NameState[];
  readonly #classCount: number;
  readonly #budget: Budget;
  readonly #byKey = new Map<string, number>();
  readonly #sets: number[][] = [];
  readonly #first: number;
  readonly #accepts: number[][] = [[]];
  readonly #acceptByKey = new Map<string, number>([['', 0]]);

  constructor(trie: readonly NameNode[], states: NameState[], classCount: number, budget: Budget) {
    this.#trie = trie;
    this.#states = states;
    this.#first = states.length;
    this.#classCount = classCount;
    this.#budget = budget;
  }

  run(): NameAutomaton {
    try {
      const start = this.#intern(this.#closed([0]));
      for (let i = 0; i < this.#sets.length; i++) this.#connect(this.#first + i, this.#sets[i] ?? []);
      return { start, accepts: this.#accepts };
    } catch (error) {
      if (error instanceof LimitReached)
        error.rule ??= heaviestOwner(this.#sets, (node) => this.#node(node).owner);
      throw error;
    }
  }

  #node(index: number): NameNode {
    return this.#trie[index] as NameNode;
  }

  #connect(id: number, set: readonly number[]): void {
    const loops = set.filter((node) => this.#node(node).loop);
    const rest = set.filter((node) => !this.#node(node).loop);
    const own = rest.length === 0 ? set : rest;
    const touched = new Set<number>();
    let literalOnly = true;
    for (const index of own) {
      const node = this.#node(index);
      for (const unitClass of node.literals.keys()) touched.add(unitClass);
      if (node.one !== NO_NODE || node.sets.length > 0) literalOnly = false;
    }
    const state = this.#states[id] as NameState;
    if (literalOnly && touched.size <= EXCEPTIONS_MAX) {
      this.#budget.reserve(touched.size * 4);
      state.fallback = rest.length === 0 ? id : this.#intern(loops);
      for (const unitClass of touched) state.exceptions.push(unitClass, this.#target(set, unitClass));
      return;
    }
    this.#budget.reserve(this.#classCount * 4);
    this.#budget.spend(this.#classCount >>> 3);
    for (const index of set) {
      const node = this.#node(index);
      for (const unitClass of node.literals.keys()) touched.add(unitClass);
      for (const { classes } of node.sets) for (const unitClass of classes) touched.add(unitClass);
    }
    const row = new Int32Array(this.#classCount).fill(this.#target(set, UNTOUCHED));
    for (const unitClass of touched) row[unitClass] = this.#target(set, unitClass);
    state.row = row;
  }

  #target(set: readonly number[], unitClass: number): number {
    const next: number[] = [];
    for (const index of set) {
      const node = this.#node(index);
      if (node.loop) next.push(index);
      const literal = node.literals.get(unitClass);
      if (literal !== undefined) next.push(literal);
      if (node.one !== NO_NODE) next.push(node.one);
      for (const { classes, child } of node.sets) {
        this.#budget.spend(1);
        if (includes(classes, unitClass)) next.push(child);
      }
    }
    return this.#intern(this.#closed(next));
  }

  /**
   * With what `*` adds, sorted, each once, and without what cannot matter: a pattern that ends at a loop has matched
   * whatever comes, and nodes that lead to nothing but its other ends are dropped.
   */
  #closed(nodes: number[]): number[] {
    for (const index of nodes) {
      const { star } = this.#node(index);
      if (star !== NO_NODE) nodes.push(star);
    }
    this.#budget.spend(nodes.length);
    nodes.sort((a, b) => a - b);
    /** Matched for good, and the first loop that says so. */
    const matched = new Map<number, number>();
    for (const index of nodes) {
      const node = this.#node(index);
      if (!node.loop) continue;
      for (const pattern of node.accepts) if (!matched.has(pattern)) matched.set(pattern, index);
    }
    return nodes.filter((index, i) => {
      if (index === nodes[i - 1]) return false;
      const { leadsTo } = this.#node(index);
      return leadsTo === SEVERAL || (matched.get(leadsTo) ?? index) === index;
    });
  }

  #intern(set: number[]): number {
    const key = set.join();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.#states.length >= LIMITS.states) {
      throw new LimitReached(
        `the policy needs more than ${String(LIMITS.states)} states to read names; use fewer * and ? within one name`,
      );
    }
    this.#budget.reserve(12);
    const id = this.#states.length;
    this.#byKey.set(key, id);
    this.#sets.push(set);
    this.#states.push({ accept: this.#accept(set), fallback: id, row: undefined, exceptions: [] });
    return id;
  }

  #accept(set: readonly number[]): number {
    const patterns = set.flatMap((node) => this.#node(node).accepts).sort((a, b) => a - b);
    const key = patterns.join();
    let accept = this.#acceptByKey.get(key);
    if (accept === undefined) {
      accept = this.#accepts.length;
      this.#acceptByKey.set(key, accept);
      this.#accepts.push(patterns);
    }
    return accept;
  }
}

/** Stands for an alphabet class that no edge of a set names. */
const UNTOUCHED = -1;

/** `classes` ascends: ranges do, and so do the classes of their intervals, but for class 0, which no range covers. */
function includes(classes: readonly number[], unitClass: number): boolean {
  let low = 0;
  let high = classes.length - 1;
  while (low <= high) {
    const middle = (low + high) >>> 1;
    const found = classes[middle] ?? 0;
    if (found === unitClass) return true;
    if (found < unitClass) low = middle + 1;
    else high = middle - 1;
  }
  return false;
}
