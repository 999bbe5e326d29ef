/** What compiling asks of a rule again and again, in flat arrays by the rule's index. */
import { ACTION, packDecision, REASON, TYPES_ALL } from './actions.ts';
import { DECISION_BIT } from './decision-nodes.ts';
import { isConditional, type PolicyRule } from './policy.ts';
import type { SizeBounds } from './size-bounds.ts';

export class RuleFacts {
  /** 1 << TYPE. */
  readonly types: Uint8Array;
  /** ACCESS bits; 0: any, nothing too. */
  readonly access: Uint8Array;
  /** The size intervals `[from, to)`. */
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  /** The cell that says that the rule decides. */
  readonly cell: Uint32Array;
  /** 1: asks about access or size. */
  readonly conditional: Uint8Array;
  /** 1: asks nothing but the path. */
  readonly unconditional: Uint8Array;
  /** 1: decides about a name whatever is asked (hide, redact). */
  readonly overrides: Uint8Array;

  constructor(rules: readonly PolicyRule[], bounds: SizeBounds) {
    const bytes = (of: (rule: PolicyRule) => number): Uint8Array => Uint8Array.from(rules, of);
    this.types = bytes((rule) => rule.types);
    this.access = bytes((rule) => rule.access);
    this.from = bytes((rule) => bounds.intervals(rule.minSize, rule.maxSize)[0]);
    this.to = bytes((rule) => bounds.intervals(rule.minSize, rule.maxSize)[1]);
    this.cell = Uint32Array.from(
      rules,
      ({ action }, i) => (DECISION_BIT | packDecision(ACTION[action], REASON.rule, i + 1)) >>> 0,
    );
    this.conditional = bytes((rule) => (isConditional(rule) ? 1 : 0));
    this.unconditional = bytes((rule) =>
      rule.extensions || rule.caller || rule.types !== TYPES_ALL || isConditional(rule) ? 0 : 1,
    );
    this.overrides = bytes(({ action }) => (action === 'hide' || action === 'redact' ? 1 : 0));
  }
}
