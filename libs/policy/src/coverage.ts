/** Warnings about rules of a text that cannot do what they say: never reached, partly shadowed, about nobody. */
import { packageApps } from './callers.ts';
import type { CompileContext } from './compile.ts';
import type { Decisions } from './decisions.ts';
import { quote, type Diagnostics } from './diagnostics.ts';
import { holdsBeneath, isConditional, type PathSet, type Policy, type PolicyRule } from './policy.ts';

/** How many earlier rules with the same glob each glob of a rule is compared with: enough for sense, and bounds the work. */
const COMPARED_MAX = 32;
/** For how many of the rules that share one list of globs each of these is looked at. */
const READ_MAX = 4;

export function warnOfRules(
  policy: Policy,
  context: CompileContext,
  decisions: Decisions,
  diagnostics: Diagnostics,
): void {
  warnOfPackages(policy, context, diagnostics);
  const seen = new EarlierGlobs();
  for (const [index, rule] of policy.rules.entries()) {
    // What a preset's rules lose, they lose to the text that extends it: that is what extending is for.
    if (rule.preset !== undefined || diagnostics.full) continue;
    const shadowed = seen.shadowed(rule);
    if (decisions.reached[index] === 0) {
      if (!matchesNobody(rule, context)) warnOfUnreached(policy.rules, index, decisions, diagnostics);
    } else if (shadowed) {
      const { glob, by } = shadowed;
      const message =
        `rule ${quote(rule.id)}: its glob ${quote(glob.text)} is never reached: ${quote(by.id)} at line ${String(by.line)} ` +
        'has the same and asks no more; remove the glob here, or move the rule up';
      diagnostics.warning(glob, message);
    }
  }
}

function warnOfUnreached(
  rules: readonly PolicyRule[],
  index: number,
  decisions: Decisions,
  diagnostics: Diagnostics,
): void {
  const late = rules[index] as PolicyRule;
  const by = decisions.coveredBy[index] ?? -1;
  const early = rules[by];
  let message = `rule ${quote(late.id)} is never reached: no file can be all that it asks; correct its match or remove it`;
  if (early && by > index) {
    message =
      `rule ${quote(late.id)} is never reached: ${quote(early.id)} at line ${String(early.line)} decides about the names of ` +
      `all it matches, whatever is asked; ask in ${quote(early.id)} for less`;
  } else if (early) {
    message =
      `rule ${quote(late.id)} is never reached: earlier rules take all it matches, ` +
      `such as ${quote(early.id)} at line ${String(early.line)}; move it up or remove it`;
  }
  diagnostics.warning(late, message);
}

function warnOfPackages(policy: Policy, { packages }: CompileContext, diagnostics: Diagnostics): void {
  const warned = new Set<string>();
  for (const rule of policy.rules) {
    for (const name of rule.caller?.packages ?? []) {
      if (diagnostics.full) return;
      if (packages?.has(name) === true || warned.has(name)) continue;
      warned.add(name);
      if (packages) {
        diagnostics.warning(
          rule,
          `rule ${quote(rule.id)}: the package ${quote(name)} is not installed, and matches nobody`,
        );
      } else {
        const message = `rule ${quote(rule.id)}: packages are not known here, and rules about them match nobody`;
        diagnostics.warning(rule, message);
        return;
      }
    }
  }
}

/** A set that is empty on purpose, or packages that are not there: warned of already, or nothing to warn of. */
function matchesNobody(rule: PolicyRule, { packages }: CompileContext): boolean {
  if (rule.extensions?.length === 0) return true;
  if (rule.paths && isEmpty(rule.paths, new Map())) return true;
  const { caller } = rule;
  if (!caller) return false;
  const emptySet = [caller.uids, caller.apps, caller.packages].some((set) => set?.length === 0);
  return emptySet || packageApps(caller, packages)?.length === 0;
}

function isEmpty(paths: PathSet, known: Map<PathSet, boolean>): boolean {
  let empty = known.get(paths);
  if (empty === undefined) {
    empty = paths.globs.length === 0 && paths.uses.every((used) => isEmpty(used, known));
    known.set(paths, empty);
  }
  return empty;
}

interface Shadow {
  readonly glob: PathSet['globs'][number];
  readonly by: PolicyRule;
}

/** The globs of the rules so far. */
class EarlierGlobs {
  readonly #rules = new Map<string, PolicyRule[]>();
  readonly #uses = new Map<PathSet, number>();

  /** The first glob a rule writes itself that an earlier rule has, too, while it asks no more. Adds the rule. */
  shadowed(rule: PolicyRule): Shadow | undefined {
    let found: Shadow | undefined;
    if (!rule.paths) return found;
    const uses = this.#uses.get(rule.paths) ?? 0;
    this.#uses.set(rule.paths, uses + 1);
    // A set that many rules name has been read for the first of them.
    if (uses >= READ_MAX) return found;
    for (const glob of rule.paths.globs) {
      const earlier = this.#rules.get(glob.text);
      if (!earlier) {
        this.#rules.set(glob.text, [rule]);
        continue;
      }
      const by = found ? undefined : earlier.find((other) => other !== rule && covers(other, rule));
      if (by) found = { glob, by };
      if (earlier.length < COMPARED_MAX && earlier.at(-1) !== rule) earlier.push(rule);
    }
    return found;
  }
}

/** Whether `earlier` takes all that `later` asks for, where a glob of both matches. */
function covers(earlier: PolicyRule, later: PolicyRule): boolean {
  if (earlier.extensions && earlier.extensions !== later.extensions) return false;
  if (earlier.caller && earlier.caller !== later.caller) return false;
  if ((later.types & ~earlier.types) !== 0) return false;
  if (holdsBeneath(later.action) && !holdsBeneath(earlier.action)) return false;
  if (isConditional(earlier) && (later.action === 'hide' || later.action === 'redact')) return false;
  if (isConditional(earlier) && !isConditional(later)) return false;
  if (earlier.access !== 0 && (later.access === 0 || (later.access & ~earlier.access) !== 0)) return false;
  return earlier.minSize <= later.minSize && earlier.maxSize >= later.maxSize;
}
