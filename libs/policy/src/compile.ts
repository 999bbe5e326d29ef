/** From a policy to its image: globs → tries → automata → one block of memory. */
import { buildAlphabet } from './alphabet.ts';
import { mayBeneath } from './beneath.ts';
import { Budget, LimitReached } from './budget.ts';
import { CallerClasses } from './callers.ts';
import { warnOfRules } from './coverage.ts';
import { Decisions } from './decisions.ts';
import { decodePolicy } from './document.ts';
import { Diagnostics, quote, type Diagnostic } from './diagnostics.ts';
import { ExtensionClasses } from './extensions.ts';
import { writeImage } from './image-writer.ts';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';
import { NameAutomata } from './name-automata.ts';
import { PathAutomaton } from './path-automaton.ts';
import { buildPathTrie } from './path-trie.ts';
import type { Policy, PolicyRule } from './policy.ts';
import { RuleGroups } from './rule-groups.ts';
import { SizeBounds } from './size-bounds.ts';
import { warnOfGuardedTrees } from './trees.ts';

/** What a policy is compiled for. */
export interface CompileContext {
  /** Bring names to one case; the policy's own `case` overrides it. */
  readonly foldNames: boolean;
  /** App ids by package name; undefined: not known here, rules about packages match nobody (warned). */
  readonly packages?: ReadonlyMap<string, readonly number[]>;
}

const PLAIN: CompileContext = { foldNames: false };

/** Whether names are brought to one case for a policy: its own word, or else the volume's. */
export function foldsNames(policy: Policy, context: CompileContext): boolean {
  return policy.case === 'volume' ? context.foldNames : policy.case === 'insensitive';
}

/**
 * Compiles a policy. Never throws: a limit reached is an error at the rule that weighs most, and `image` is then
 * undefined. Rules that no question can reach, and packages that are not known, are warned of.
 */
export function compilePolicy(
  policy: Policy,
  context: CompileContext = PLAIN,
): { image: Uint8Array | undefined; diagnostics: Diagnostic[] } {
  const diagnostics = new Diagnostics();
  try {
    return { image: build(policy, context, diagnostics), diagnostics: diagnostics.list };
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    const rule = error.rule === undefined ? undefined : policy.rules[error.rule];
    const named = rule ? `rule ${quote(rule.id)}: ${error.message}` : error.message;
    diagnostics.error(rule ?? { line: 1, column: 1 }, named);
    return { image: undefined, diagnostics: diagnostics.list };
  }
}

/**
 * Parses and compiles; `policy` and `image` are there where no diagnostic of their step is an error.
 * @param text as a string, or as the bytes of a file
 */
export function loadPolicy(
  text: string | Uint8Array,
  context: CompileContext = PLAIN,
): { policy?: Policy; image?: Uint8Array; diagnostics: Diagnostic[] } {
  const decoded = typeof text === 'string' ? { text, diagnostics: [] } : decodePolicy(text);
  if (decoded.text === undefined) return { diagnostics: decoded.diagnostics };
  const { policy, diagnostics } = parsePolicy(decoded.text);
  if (!policy) return { diagnostics };
  const compiled = compilePolicy(policy, context);
  diagnostics.push(...compiled.diagnostics);
  return compiled.image ? { policy, image: compiled.image, diagnostics } : { policy, diagnostics };
}

function build(policy: Policy, context: CompileContext, diagnostics: Diagnostics): Uint8Array {
  if (policy.rules.length > LIMITS.rules) {
    throw new LimitReached(
      `more than ${String(LIMITS.rules)} rules; use globs to cover many paths by one`,
      LIMITS.rules,
    );
  }
  const foldNames = foldsNames(policy, context);
  const budget = new Budget();
  const callers = new CallerClasses(
    distinct(policy, (rule) => rule.caller),
    context.packages,
    budget,
  );
  const extensions = new ExtensionClasses(
    distinct(policy, (rule) => rule.extensions),
    foldNames,
    budget,
  );
  const bounds = new SizeBounds(policy.rules);
  const groups = new RuleGroups(policy, budget);
  const trie = buildPathTrie(groups.groups, foldNames);
  const alphabet = buildAlphabet(trie.patterns);
  const names = new NameAutomata(trie.patterns, alphabet, budget);
  const decisions = new Decisions(policy, callers, extensions, bounds, budget);
  const paths = new PathAutomaton(trie, names, groups, decisions, policy.rules, budget);
  const { nodes } = decisions;
  const beneath = mayBeneath(paths, nodes, budget);
  const nameStates = names.states;
  const image = writeImage({
    policy,
    foldNames,
    alphabet,
    nameStates,
    paths,
    beneath,
    nodes,
    callers,
    extensions,
    bounds,
  });
  warnOfRules(policy, context, decisions, diagnostics);
  warnOfGuardedTrees(policy, image, diagnostics);
  return image;
}

/** The conditions of a kind that rules have, each once: equal ones are one object. */
function distinct<T extends object>(policy: Policy, of: (rule: PolicyRule) => T | undefined): T[] {
  const found = new Set<T>();
  for (const rule of policy.rules) {
    const condition = of(rule);
    if (condition) found.add(condition);
  }
  return [...found];
}
