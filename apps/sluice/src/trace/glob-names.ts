/** What the globs of a policy say about single names: which are spelled out, and which need the letters of a name. */
import type { PathSet, Policy, PolicyGlob } from '@sluice/policy';

type Token = PolicyGlob['tokens'][number];

export interface GlobNames {
  /** Components that a glob spells out. */
  literal: Set<string>;
  /** Components with wildcards that look at the letters of a name, as they stand in their globs; not `*` and `**`. */
  spelled: Set<string>;
}

/** Ways that the braces of one glob are expanded in; the compiler's own limit. */
const MOST_WAYS = 1024;

export function globNames(policy: Policy): GlobNames {
  const names: GlobNames = { literal: new Set(), spelled: new Set() };
  const seen = new Set<PathSet>();
  const visit = (set: PathSet | undefined): void => {
    if (set === undefined || seen.has(set)) return;
    seen.add(set);
    for (const glob of set.globs) for (const way of waysOf(glob.tokens)) addNames(way, names);
    for (const used of set.uses) visit(used);
  };
  for (const { paths } of policy.rules) visit(paths);
  return names;
}

/** The glob without braces, in all the ways that they stand for. */
function waysOf(tokens: readonly Token[]): Token[][] {
  let ways: Token[][] = [[]];
  for (const token of tokens) {
    const next = token.kind === 'choice' ? token.alternatives.flatMap(waysOf) : [[token]];
    ways = ways.flatMap((way) => next.map((more) => [...way, ...more])).slice(0, MOST_WAYS);
  }
  return ways;
}

function addNames(way: readonly Token[], names: GlobNames): void {
  let component: Token[] = [];
  const close = (): void => {
    const kinds = new Set(component.map(({ kind }) => kind));
    const text = component.map(textOf).join('');
    if (component.every(({ kind }) => kind === 'literal')) names.literal.add(text);
    else if (kinds.size > 1 || !(kinds.has('star') || kinds.has('globstar'))) names.spelled.add(text);
    component = [];
  };
  for (const token of way) {
    if (token.kind === 'slash') close();
    else component.push(token);
  }
  close();
}

function textOf(token: Token): string {
  switch (token.kind) {
    case 'literal':
      return String.fromCodePoint(token.code);
    case 'one':
      return '?';
    case 'class':
      return '[…]';
    case 'star':
      return '*';
    default:
      return token.kind === 'globstar' ? '**' : '';
  }
}
