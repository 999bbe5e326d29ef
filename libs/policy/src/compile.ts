/** From a policy to its image: globs → tries → automata → one block of memory. */
import { buildAlphabet } from './alphabet.ts';
import { Budget, LimitReached } from './budget.ts';
import { DecisionLists } from './decision-lists.ts';
import { Diagnostics, quote, type Diagnostic } from './diagnostics.ts';
import { writeImage } from './image-writer.ts';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';
import { NameAutomata } from './name-automata.ts';
import { PathAutomaton } from './path-automaton.ts';
import { buildPathTrie } from './path-trie.ts';
import type { Policy } from './policy.ts';

/**
 * Compiles a policy. Never throws: a limit reached is an error at the rule that weighs most, and `image` is then
 * undefined. Rules that no open can reach are warned of.
 */
export function compilePolicy(policy: Policy): { image: Uint8Array | undefined; diagnostics: Diagnostic[] } {
  const diagnostics = new Diagnostics();
  try {
    return { image: build(policy, diagnostics), diagnostics: diagnostics.list };
  } catch (error) {
    if (!(error instanceof LimitReached)) throw error;
    const rule = error.rule === undefined ? undefined : policy.rules[error.rule];
    const named = rule ? `rule ${quote(rule.id)}: ${error.message}` : error.message;
    diagnostics.error(rule ?? { line: 1, column: 1 }, named);
    return { image: undefined, diagnostics: diagnostics.list };
  }
}

/** Parses and compiles; `policy` and `image` are there where no diagnostic of their step is an error. */
export function loadPolicy(text: string): { policy?: Policy; image?: Uint8Array; diagnostics: Diagnostic[] } {
  const { policy, diagnostics } = parsePolicy(text);
  if (!policy) return { diagnostics };
  const compiled = compilePolicy(policy);
  diagnostics.push(...compiled.diagnostics);
  return compiled.image ? { policy, image: compiled.image, diagnostics } : { policy, diagnostics };
}

function build(policy: Policy, diagnostics: Diagnostics): Uint8Array {
  if (policy.rules.length > LIMITS.rules) {
    throw new LimitReached(
      `more than ${String(LIMITS.rules)} rules; use globs to cover many paths by one`,
      LIMITS.rules,
    );
  }
  const budget = new Budget();
  const trie = buildPathTrie(policy);
  const alphabet = buildAlphabet(trie.patterns);
  const names = new NameAutomata(trie.patterns, alphabet, budget);
  const lists = new DecisionLists(policy, budget);
  const paths = new PathAutomaton(trie, names, lists, budget);
  const image = writeImage({ policy, alphabet, nameStates: names.states, paths, lists: lists.words });
  for (const { rule, coveredBy } of lists.unreached()) {
    const [late, early] = [policy.rules[rule], policy.rules[coveredBy]];
    if (!late || !early) continue;
    const message =
      `rule ${quote(late.id)} is never reached: earlier rules take all it matches, ` +
      `such as ${quote(early.id)} at line ${String(early.line)}; move it up or remove it`;
    diagnostics.warning(late, message);
  }
  return image;
}
