/**
 * The deterministic automaton over the components of a path. A state is the set of trie nodes a path can stand at.
 *
 * What a component leads to is in a table: literal names by hash, other names by an automaton over their characters. As
 * among names (`name-automata.ts`), the nodes after `**` stay live for good. Where the rest of a state goes on by
 * literal names only, its table holds just these, each with its full target, and hands every other name to the table of
 * the `**` nodes alone. States that differ only in which rules end there share one table.
 */
import type { Budget } from './budget.ts';
import { heaviestOwner, LimitReached } from './budget.ts';
import type { Decisions } from './decisions.ts';
import { LIMITS } from './limits.ts';
import type { NameAutomata, NameAutomaton } from './name-automata.ts';
import { NO_PATH_NODE, type PathNode, type PathTrie } from './path-trie.ts';
import type { PolicyRule } from './policy.ts';
import type { RuleGroups } from './rule-groups.ts';

export interface PathState {
  table: number;
  /** What decides about a path that ends here. */
  readonly cell: number;
}

export interface Table {
  /** Targets of the literal names this table has itself. */
  readonly names: ReadonlyMap<string, number>;
  /** The table to ask next, whose automaton and targets this one has too; itself: none. */
  readonly base: number;
  /** For every name that is not literal. */
  readonly automaton: NameAutomaton;
  /** Target by accept class of the automaton. */
  readonly targets: readonly number[];
}

/** Bytes per literal name in the image, by the load of its hash table, and per state and table. */
const NAME_ENTRY_BYTES = 20;
const STATE_BYTES = 8;
const TABLE_BYTES = 16;
/** For tables without literal names, which most are: never written to. */
const NO_NAMES: ReadonlyMap<string, number> = new Map();

export class PathAutomaton {
  readonly states: PathState[] = [];
  readonly tables: Table[] = [];
  readonly root: number;
  readonly #trie: readonly PathNode[];
  readonly #names: NameAutomata;
  readonly #groups: RuleGroups;
  readonly #decisions: Decisions;
  readonly #rules: readonly PolicyRule[];
  readonly #cells = new Map<string, number>();
  readonly #budget: Budget;
  readonly #sets: (readonly number[])[] = [];
  readonly #byKey = new Map<string, number>();
  readonly #tableByKey = new Map<string, number>();

  constructor(
    trie: PathTrie,
    names: NameAutomata,
    groups: RuleGroups,
    decisions: Decisions,
    rules: readonly PolicyRule[],
    budget: Budget,
  ) {
    this.#trie = trie.nodes;
    this.#names = names;
    this.#groups = groups;
    this.#decisions = decisions;
    this.#rules = rules;
    this.#budget = budget;
    try {
      // State 0 is where no glob can match any more: what a reader of garbage ends in, too.
      this.#intern([]);
      this.root = this.#intern(this.#closed([0]));
      for (let i = 0; i < this.states.length; i++) {
        const state = this.states[i] as PathState;
        state.table = this.#table(this.#live(this.#sets[i] ?? []));
      }
    } catch (error) {
      if (error instanceof LimitReached)
        error.rule ??= heaviestOwner(this.#sets, (node) => this.#node(node).owner);
      throw error;
    }
  }

  #node(index: number): PathNode {
    return this.#trie[index] as PathNode;
  }

  /** The nodes from which anything goes on. */
  #live(set: readonly number[]): number[] {
    return set.filter((index) => {
      const node = this.#node(index);
      return node.loop || node.literals.size > 0 || node.wild.size > 0;
    });
  }

  #table(live: readonly number[]): number {
    const key = live.join();
    const known = this.#tableByKey.get(key);
    if (known !== undefined) return known;
    this.#budget.reserve(TABLE_BYTES);
    const rest = live.filter((node) => !this.#node(node).loop);
    const layered = rest.length > 0 && rest.every((node) => this.#node(node).wild.size === 0);
    const id = layered ? this.#layer(live, rest) : this.#whole(live);
    this.#tableByKey.set(key, id);
    return id;
  }

  #layer(live: readonly number[], rest: readonly number[]): number {
    const loops = live.filter((node) => this.#node(node).loop);
    const baseId = this.#table(loops);
    const base = this.tables[baseId] as Table;
    const names = this.#literalTargets(rest, live, base.automaton);
    return this.#addTable({ ...base, names, base: baseId });
  }

  #whole(live: readonly number[]): number {
    const found: number[] = [];
    for (const node of live) for (const pattern of this.#node(node).wild.keys()) found.push(pattern);
    this.#budget.spend(found.length);
    const patterns = found.sort((a, b) => a - b).filter((pattern, i) => pattern !== found[i - 1]);
    const automaton = this.#names.automaton(patterns);
    const names = this.#literalTargets(live, live, automaton);
    const targets = automaton.accepts.map((matched) => this.#target(live, undefined, matched));
    this.#budget.reserve(4 * targets.length);
    return this.#addTable({ names, base: this.tables.length, automaton, targets });
  }

  #addTable(table: Table): number {
    return this.tables.push(table) - 1;
  }

  /** The literal names that go on from `from`, with where they lead from all of `live`. */
  #literalTargets(
    from: readonly number[],
    live: readonly number[],
    automaton: NameAutomaton,
  ): ReadonlyMap<string, number> {
    if (from.every((index) => this.#node(index).literals.size === 0)) return NO_NAMES;
    const targets = new Map<string, number>();
    for (const index of from) {
      for (const name of this.#node(index).literals.keys()) {
        if (targets.has(name)) continue;
        this.#budget.reserve(NAME_ENTRY_BYTES);
        targets.set(name, this.#target(live, name, this.#names.match(automaton, name)));
      }
    }
    return targets;
  }

  #target(live: readonly number[], name: string | undefined, matched: readonly number[]): number {
    const next: number[] = [];
    for (const index of live) {
      const node = this.#node(index);
      if (node.loop) next.push(index);
      const literal = name === undefined ? undefined : node.literals.get(name);
      if (literal !== undefined) next.push(literal);
      if (node.wild.size > 0) {
        this.#budget.spend(matched.length);
        for (const pattern of matched) {
          const child = node.wild.get(pattern);
          if (child !== undefined) next.push(child);
        }
      }
    }
    return this.#intern(this.#closed(next));
  }

  /** With what `**` adds, sorted, each once. */
  #closed(nodes: number[]): number[] {
    for (const index of nodes) {
      const { globstar } = this.#node(index);
      if (globstar !== NO_PATH_NODE) nodes.push(globstar);
    }
    this.#budget.spend(nodes.length);
    nodes.sort((a, b) => a - b);
    return nodes.filter((node, i) => node !== nodes[i - 1]);
  }

  #intern(set: readonly number[]): number {
    const key = set.join();
    const known = this.#byKey.get(key);
    if (known !== undefined) return known;
    if (this.states.length >= LIMITS.states) {
      throw new LimitReached(
        `the policy needs more than ${String(LIMITS.states)} states to read paths; use fewer * components after **`,
      );
    }
    this.#budget.reserve(STATE_BYTES);
    const id = this.states.length;
    this.#byKey.set(key, id);
    this.#sets.push(set);
    this.states.push({ table: 0, cell: this.#cell(set) });
    return id;
  }

  #cell(set: readonly number[]): number {
    const groups: number[] = [];
    for (const node of set) for (const group of this.#node(node).groups) groups.push(group);
    this.#budget.spend(groups.length);
    // Node 0 is the volume root alone: nothing hides it, since all else would go with it.
    const isRoot = set[0] === 0;
    const key = isRoot ? 'root' : groups.sort((a, b) => a - b).join();
    let cell = this.#cells.get(key);
    if (cell === undefined) {
      const rules = this.#groups.rules(groups);
      cell = this.#decisions.cell(isRoot ? rules.filter((rule) => !this.#guards(rule)) : rules);
      this.#cells.set(key, cell);
    }
    return cell;
  }

  #guards(rule: number): boolean {
    const action = this.#rules[rule]?.action;
    return action === 'hide' || action === 'deny';
  }
}
