/** The naive reading of a policy: rules one after the other. What the compiled form is tested against. */
import { ACTION, packDecision, REASON } from './actions.ts';
import type { CompileContext } from './compile.ts';
import { Matcher, type Question } from './matching.ts';
import { isConditional, type Policy } from './policy.ts';

export type { Question } from './matching.ts';

/** The packed decision, as `PolicyImage.decide` gives it. */
export function interpret(policy: Policy, context: CompileContext, question: Question): number {
  const matcher = new Matcher(policy, context, question);
  const named = nameRule(policy, matcher);
  const action = policy.rules[named]?.action;
  if (question.asked === 0 || action === 'hide' || action === 'redact') return decisionOf(policy, named);
  const deciding = policy.rules.findIndex(
    (rule) =>
      mayApply(rule.action, matcher) && matcher.access(rule) && matcher.size(rule) && matcher.fits(rule),
  );
  return decisionOf(policy, deciding);
}

/** The index of the rule that decides about the name alone; -1: the default does. */
export function nameRule(policy: Policy, matcher: Matcher): number {
  return policy.rules.findIndex(
    (rule) => mayApply(rule.action, matcher) && !isConditional(rule) && matcher.fits(rule),
  );
}

/** Nothing hides or denies the volume root. */
export function mayApply(action: string, matcher: Matcher): boolean {
  return !matcher.isRoot() || (action !== 'hide' && action !== 'deny');
}

function decisionOf(policy: Policy, index: number): number {
  const rule = policy.rules[index];
  if (!rule) return packDecision(ACTION[policy.default], REASON.default, 0);
  return packDecision(ACTION[rule.action], REASON.rule, index + 1);
}
