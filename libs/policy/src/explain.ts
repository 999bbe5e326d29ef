/** A decision with the way that led to it: what the compiled policy walked, and why earlier rules did not take it. */
import { ACTION_NAMES, decisionAction, decisionRule, type ActionName } from './actions.ts';
import { compilePolicy, type CompileContext } from './compile.ts';
import { PolicyImage } from './image.ts';
import { interpret, mayApply, nameRule } from './interpret.ts';
import { componentsOf, Matcher, type Question } from './matching.ts';
import { isConditional, type Policy, type PolicyRule } from './policy.ts';

export interface DecisionStep {
  /** As it stands in the path; bytes that are no UTF-8 as U+FFFD. */
  readonly component: string;
  /** The form that is compared. */
  readonly canonical: string;
  /** What the image's step returned; undefined where the policy does not compile. */
  readonly state?: number;
}

export interface LostRule {
  readonly rule: string;
  /** 1-based, in the policy's text; of a preset's rule, the line that names the preset. */
  readonly line: number;
  readonly because: string;
}

export interface DecisionExplanation {
  /** As `PolicyImage.decide` gives it. */
  readonly decision: number;
  readonly action: ActionName;
  /** The id of the deciding rule; undefined: the default decided. */
  readonly rule: string | undefined;
  readonly why: string | undefined;
  readonly steps: readonly DecisionStep[];
  /** The rules before the deciding one, in order, at most LOST_MAX of them. */
  readonly lost: readonly LostRule[];
}

/** Rules that an explanation says something about. */
export const LOST_MAX = 100;

/**
 * Explains by the compiled image, which is what serves. Of a policy that does not compile, the interpreter says what it
 * would decide.
 */
export function explainDecision(
  policy: Policy,
  context: CompileContext,
  question: Question,
): DecisionExplanation {
  const { image } = compilePolicy(policy, context);
  const matcher = new Matcher(policy, context, question);
  const decoder = new TextDecoder();
  const reader = image && new PolicyImage(image.buffer as ArrayBuffer, image.byteOffset);
  let state = reader?.rootState ?? 0;
  const steps = componentsOf(question.path).map((name, i): DecisionStep => {
    const named = {
      component: decoder.decode(name.slice()),
      canonical: decoder.decode((matcher.components[i] ?? name).slice()),
    };
    if (!reader) return named;
    state = reader.step(state, name, 0, name.length);
    return { ...named, state };
  });
  const { type, uid, gid, asked, size } = question;
  const decision = reader
    ? reader.decide(state, reader.callerClass(uid, gid), type, asked, size)
    : interpret(policy, context, question);
  const index = decisionRule(decision) - 1;
  const rule = policy.rules[index];
  return {
    decision,
    action: ACTION_NAMES[decisionAction(decision) - 1] ?? 'cached',
    rule: rule?.id,
    why: rule?.why,
    steps,
    lost: lostRules(policy, matcher, index),
  };
}

function lostRules(policy: Policy, matcher: Matcher, deciding: number): LostRule[] {
  const named = nameRule(policy, matcher);
  const byName = policy.rules[named];
  const guard = byName?.action === 'hide' || byName?.action === 'redact' ? byName : undefined;
  const before = deciding < 0 ? policy.rules : policy.rules.slice(0, deciding);
  return before
    .slice(0, LOST_MAX)
    .map((rule) => ({ rule: rule.id, line: rule.line, because: because(rule, matcher, guard) }));
}

/** Why a rule did not decide: the first thing it asks that is not so. */
function because(rule: PolicyRule, matcher: Matcher, guard: PolicyRule | undefined): string {
  const { question } = matcher;
  if (!mayApply(rule.action, matcher)) return `the volume root is never affected by ${rule.action}`;
  if (!matcher.path(rule)) return 'path: none of its globs matches';
  if (!matcher.extension(rule)) return 'extension: the name has none of its list';
  if (!matcher.type(rule)) return 'type: it is for other types';
  const stranger = matcher.strangeness(rule);
  if (stranger !== undefined) return `caller: it is for others (${stranger})`;
  if (guard && isConditional(rule))
    return `${guard.action}: ${JSON.stringify(guard.id)} decides about the name, whatever is asked`;
  if (question.asked === 0 && isConditional(rule))
    return 'name: a rule that asks about access or size does not decide about a name alone';
  if (!matcher.access(rule)) return 'access: something else is asked';
  if (!matcher.size(rule)) return `size: ${String(question.size)} bytes are not within its bounds`;
  return 'a later rule decides';
}
