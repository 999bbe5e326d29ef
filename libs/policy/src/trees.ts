/** The directories that `tree` rules name, and what would be lost on them if their subtrees left the daemon. */
import { MAY } from './actions.ts';
import { quote, type Diagnostics } from './diagnostics.ts';
import { expandGlob } from './glob-components.ts';
import { PolicyImage } from './image.ts';
import { LIMITS } from './limits.ts';
import type { PathSet, Policy, PolicyRule } from './policy.ts';
import { utf8 } from './utf8.ts';

/**
 * Paths that the globs of the policy's `tree` rules name without wildcards, braces multiplied out, each once, in the order
 * of the rules; at most LIMITS.treeDirectories. `**` at the end of a glob is no wildcard here: what stands before it is
 * named as well. Names are as the text has them, also where case is to be ignored. The volume root is never among them.
 */
export function treeDirectories(policy: Policy): string[] {
  const found = new Set<string>();
  for (const rule of policy.rules) for (const path of directoriesOf(rule)) found.add(path);
  return [...found].slice(0, LIMITS.treeDirectories);
}

/** Warns of rules that guard something in a directory that a later `tree` rule names: such a tree stays with the daemon. */
export function warnOfGuardedTrees(policy: Policy, image: Uint8Array, diagnostics: Diagnostics): void {
  const reader = new PolicyImage(image.buffer as ArrayBuffer, image.byteOffset);
  if (!reader.trees || !reader.guards) return;
  for (const rule of policy.rules) {
    for (const path of directoriesOf(rule)) {
      if (diagnostics.full) return;
      const bytes = utf8(path);
      let state = reader.rootState;
      for (let start = 0; start <= bytes.length;) {
        const slash = bytes.indexOf(SLASH, start);
        const end = slash < 0 ? bytes.length : slash;
        state = reader.step(state, bytes, start, end);
        start = end + 1;
      }
      const guards = reader.guardsWithin(state);
      if (guards === 0) continue;
      const message =
        `rule ${quote(rule.id)}: an earlier rule ${guardWords(guards)} something in ${quote(path)}, which only the daemon can do: ` +
        'the directory does not leave it; move this rule up, or name directories without such files';
      diagnostics.warning(rule, message);
      break;
    }
  }
}

const SLASH = 0x2f;

function guardWords(may: number): string {
  const words = (['hide', 'redact', 'deny'] as const).filter((action) => (may & MAY[action]) !== 0);
  return words.map((word) => ({ hide: 'hides', redact: 'redacts', deny: 'denies' })[word]).join(' and ');
}

function directoriesOf(rule: PolicyRule): Set<string> {
  const found = new Set<string>();
  if (rule.action !== 'tree' || !rule.paths) return found;
  const seen = new Set<PathSet>([rule.paths]);
  for (const { globs, uses } of seen) {
    for (const used of uses) seen.add(used);
    for (const { tokens } of globs) {
      if (found.size >= LIMITS.treeDirectories) return found;
      for (const pattern of expandGlob(tokens, false)) {
        const names = pattern.at(-1)?.kind === 'globstar' ? pattern.slice(0, -1) : pattern;
        const literal = names.flatMap((each) => (each.kind === 'literal' ? [each.name] : []));
        if (literal.length === names.length && literal.length > 0) found.add(literal.join('/'));
      }
    }
  }
  return found;
}
