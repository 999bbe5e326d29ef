/**
 * The wildcard patterns for one name, merged into a trie of their tokens. Shared beginnings are one path, so that a
 * thousand patterns `*.ext` have one `*` between them and a set of live positions stays small.
 */
import { classOf, intervalOf, type Alphabet } from './alphabet.ts';
import { LimitReached, type Budget } from './budget.ts';
import type { NameToken } from './glob-components.ts';
import { LIMITS } from './limits.ts';

export interface NamePattern {
  /** A name that any of them matches has the pattern. */
  readonly alternatives: readonly (readonly NameToken[])[];
  /** Index of the first rule that has it. */
  readonly owner: number;
}

/** The pattern a node was made for, and the rule that has it. */
interface Origin {
  readonly owner: number;
  readonly id: number;
}

export interface NameNode {
  /** Stays live whatever comes: what stands after a `*`. */
  readonly loop: boolean;
  readonly owner: number;
  /** Patterns that end here. */
  readonly accepts: number[];
  /** The one pattern that all ends from here on belong to, or SEVERAL. */
  leadsTo: number;
  /** Child by the alphabet class of its literal. */
  readonly literals: Map<number, number>;
  /** Children by character class: the alphabet classes it covers. */
  readonly sets: { readonly classes: readonly number[]; readonly child: number }[];
  /** Child after `?`. */
  one: number;
  /** Child after `*`, entered without a character. */
  star: number;
}

export const NO_NODE = -1;
export const SEVERAL = -1;

/** Node 0 is the start. */
export function buildNameTrie(
  patterns: readonly NamePattern[],
  ids: readonly number[],
  alphabet: Alphabet,
  budget: Budget,
): NameNode[] {
  const nodes: NameNode[] = [];
  const sets = new Map<string, number>();
  const add = (loop: boolean, { owner, id }: Origin): number => {
    nodes.push({
      loop,
      owner,
      accepts: [],
      leadsTo: id,
      literals: new Map(),
      sets: [],
      one: NO_NODE,
      star: NO_NODE,
    });
    return nodes.length - 1;
  };
  add(false, {
    owner: patterns[ids[0] ?? 0]?.owner ?? 0,
    id: ids.length === 1 ? (ids[0] ?? SEVERAL) : SEVERAL,
  });
  const child = (at: number, token: NameToken, origin: Origin): number => {
    const node = nodes[at] as NameNode;
    switch (token.kind) {
      case 'literal': {
        const unitClass = classOf(alphabet, token.code);
        const found = node.literals.get(unitClass) ?? add(false, origin);
        node.literals.set(unitClass, found);
        return found;
      }
      case 'class': {
        const key = `${String(at)}:${token.key}`;
        let found = sets.get(key);
        if (found === undefined) {
          found = add(false, origin);
          sets.set(key, found);
          const classes = coveredClasses(token.ranges, alphabet);
          budget.spend(classes.length);
          node.sets.push({ classes, child: found });
        }
        return found;
      }
      case 'one':
        if (node.one === NO_NODE) node.one = add(false, origin);
        return node.one;
      case 'star':
        if (node.star === NO_NODE) node.star = add(true, origin);
        return node.star;
    }
  };
  for (const id of ids) {
    const pattern = patterns[id];
    if (!pattern) continue;
    for (const alternative of pattern.alternatives) {
      budget.spend(alternative.length);
      let at = 0;
      for (const token of alternative) {
        at = child(at, token, { owner: pattern.owner, id });
        const node = nodes[at] as NameNode;
        if (node.leadsTo !== id) node.leadsTo = SEVERAL;
      }
      if (nodes.length > LIMITS.trieNodes) {
        throw new LimitReached(
          `the wildcard names of one folder have more than ${String(LIMITS.trieNodes)} different beginnings; use fewer`,
          pattern.owner,
        );
      }
      const { accepts } = nodes[at] as NameNode;
      if (accepts.at(-1) !== id) accepts.push(id);
    }
  }
  return nodes;
}

function coveredClasses(ranges: readonly (readonly [number, number])[], alphabet: Alphabet): number[] {
  const classes: number[] = [];
  for (const [low, high] of ranges) {
    const last = intervalOf(alphabet, high);
    for (let i = intervalOf(alphabet, low); i <= last; i++) classes.push(alphabet.classes[i] ?? 0);
  }
  return classes;
}
