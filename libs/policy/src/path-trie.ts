/** All globs of a policy, braces multiplied out, merged into a trie of their components. */
import { LimitReached } from './budget.ts';
import { expandGlob, type PlainPattern } from './glob-components.ts';
import { expansionSize } from './glob.ts';
import { LIMITS } from './limits.ts';
import type { NamePattern } from './name-trie.ts';
import type { Policy } from './policy.ts';

export interface PathNode {
  /** Stays live whatever components come: what stands after `**`. */
  readonly loop: boolean;
  /** Index of the first rule that has it. */
  readonly owner: number;
  /** Rules with a glob that ends here, ascending. */
  readonly rules: number[];
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

const EVERY_PATH: PlainPattern = [{ kind: 'globstar' }];

export function buildPathTrie(policy: Policy): PathTrie {
  const nodes: PathNode[] = [];
  const patterns: NamePattern[] = [];
  const patternIds = new Map<string, number>();
  let readings = 0;
  let tokens = 0;

  const add = (loop: boolean, owner: number): number => {
    nodes.push({ loop, owner, rules: [], literals: new Map(), wild: new Map(), globstar: NO_PATH_NODE });
    return nodes.length - 1;
  };
  add(false, 0);

  const insert = (pattern: PlainPattern, rule: number): void => {
    let at = 0;
    for (const component of pattern) {
      const node = nodes[at] as PathNode;
      let child: number | undefined;
      if (component.kind === 'globstar') {
        child = node.globstar === NO_PATH_NODE ? add(true, rule) : node.globstar;
        node.globstar = child;
      } else if (component.kind === 'literal') {
        child = node.literals.get(component.name) ?? add(false, rule);
        node.literals.set(component.name, child);
      } else {
        let id = patternIds.get(component.key);
        if (id === undefined) {
          id = patterns.length;
          patternIds.set(component.key, id);
          patterns.push({ alternatives: component.alternatives, owner: rule });
        }
        child = node.wild.get(id) ?? add(false, rule);
        node.wild.set(id, child);
      }
      at = child;
    }
    const { rules } = nodes[at] as PathNode;
    if (rules.at(-1) !== rule) rules.push(rule);
  };

  for (const [index, rule] of policy.rules.entries()) {
    if (rule.globs.length === 0) insert(EVERY_PATH, index);
    for (const glob of rule.globs) {
      const size = expansionSize(glob.tokens);
      readings += size.readings;
      tokens += size.tokens;
      if (readings > LIMITS.policyExpansions || tokens > LIMITS.expandedTokens) {
        throw new LimitReached(
          `up to here, the braces of the policy stand for more than ${String(LIMITS.policyExpansions)} patterns ` +
            `or ${String(LIMITS.expandedTokens)} characters; use wildcards instead of braces`,
          index,
        );
      }
      for (const pattern of expandGlob(glob.tokens)) insert(pattern, index);
      if (nodes.length > LIMITS.trieNodes) {
        throw new LimitReached(
          `up to here, the globs have more than ${String(LIMITS.trieNodes)} different components; use wildcards`,
          index,
        );
      }
    }
  }
  return { nodes, patterns };
}
