/** All globs of a policy, braces multiplied out, merged into a trie of their components. */
import { LimitReached } from './budget.ts';
import { expandGlob, type PlainPattern } from './glob-components.ts';
import { expansionSize } from './glob.ts';
import { LIMITS } from './limits.ts';
import type { NamePattern } from './name-trie.ts';
import type { GlobGroup } from './rule-groups.ts';

export interface PathNode {
  /** Stays live whatever components come: what stands after `**`. */
  readonly loop: boolean;
  /** Index of the first rule that has it. */
  readonly owner: number;
  /** Groups with a glob that ends here, each once. */
  readonly groups: number[];
  readonly literals: Map<string, number>;
  /** Child by the id of its name pattern. */
  readonly wild: Map<number, number>;
  /** Child after `**`, entered without a component. */
  globstar: number;
}

export interface PathTrie {
  /** Node 0 is the volume root. */
  readonly nodes: readonly PathNode[];
  /** The distinct name patterns, by id. */
  readonly patterns: readonly NamePattern[];
}

export const NO_PATH_NODE = -1;

/** For nodes without children of a kind, which most are: never written to. */
const NO_LITERALS: Map<string, number> = new Map();
const NO_WILD: Map<number, number> = new Map();
const NO_GROUPS: number[] = [];

interface MutableNode extends PathNode {
  groups: number[];
  literals: Map<string, number>;
  wild: Map<number, number>;
}

export function buildPathTrie(groups: readonly GlobGroup[], foldNames: boolean): PathTrie {
  const trie = new TrieBuilder();
  let readings = 0;
  let tokens = 0;
  for (const { globs, exact, beneath, owner } of groups) {
    for (const glob of globs) {
      const size = expansionSize(glob.tokens);
      readings += size.readings;
      tokens += size.tokens;
      if (readings > LIMITS.policyExpansions || tokens > LIMITS.expandedTokens) {
        throw new LimitReached(
          `up to here, the braces of the policy stand for more than ${String(LIMITS.policyExpansions)} patterns ` +
            `or ${String(LIMITS.expandedTokens)} characters; use wildcards instead of braces`,
          owner,
        );
      }
      for (const pattern of expandGlob(glob.tokens, foldNames)) trie.insert(pattern, exact, beneath, owner);
      if (trie.nodes.length > LIMITS.trieNodes) {
        throw new LimitReached(
          `up to here, the globs have more than ${String(LIMITS.trieNodes)} different components; use wildcards`,
          owner,
        );
      }
    }
  }
  return trie;
}

class TrieBuilder implements PathTrie {
  readonly nodes: MutableNode[] = [];
  readonly patterns: NamePattern[] = [];
  readonly #patternIds = new Map<string, number>();

  constructor() {
    this.#add(false, 0);
  }

  insert(pattern: PlainPattern, exact: number, beneath: number, owner: number): void {
    let at = 0;
    for (const component of pattern) {
      const node = this.#node(at);
      if (component.kind === 'globstar') at = this.#globstar(at, owner);
      else if (component.kind === 'literal') {
        let child = node.literals.get(component.name);
        if (child === undefined) {
          child = this.#add(false, owner);
          if (node.literals === NO_LITERALS) node.literals = new Map();
          node.literals.set(component.name, child);
        }
        at = child;
      } else {
        const id = this.#pattern(component.key, component.alternatives, owner);
        let child = node.wild.get(id);
        if (child === undefined) {
          child = this.#add(false, owner);
          if (node.wild === NO_WILD) node.wild = new Map();
          node.wild.set(id, child);
        }
        at = child;
      }
    }
    if (exact >= 0) this.#accept(at, exact);
    if (beneath >= 0) this.#accept(this.#node(at).loop ? at : this.#globstar(at, owner), beneath);
  }

  #pattern(key: string, alternatives: NamePattern['alternatives'], owner: number): number {
    let id = this.#patternIds.get(key);
    if (id === undefined) {
      id = this.patterns.push({ alternatives, owner }) - 1;
      this.#patternIds.set(key, id);
    }
    return id;
  }

  #globstar(at: number, owner: number): number {
    const node = this.#node(at);
    if (node.globstar === NO_PATH_NODE) node.globstar = this.#add(true, owner);
    return node.globstar;
  }

  #accept(at: number, group: number): void {
    const node = this.#node(at);
    if (node.groups === NO_GROUPS) node.groups = [];
    // The two ids of a list of globs are inserted together, so a repeated one is among the last two.
    if (node.groups.at(-1) !== group && node.groups.at(-2) !== group) node.groups.push(group);
  }

  #node(index: number): MutableNode {
    return this.nodes[index] as MutableNode;
  }

  #add(loop: boolean, owner: number): number {
    const empty = { groups: NO_GROUPS, literals: NO_LITERALS, wild: NO_WILD, globstar: NO_PATH_NODE };
    return this.nodes.push({ loop, owner, ...empty }) - 1;
  }
}
