/** A policy as data: what the parser makes of a text and what the compiler and the interpreter take. */
import type { PolicyAction } from './actions.ts';
import type { GlobToken } from './glob.ts';

/** Where something stands in a policy text, both 1-based; columns count UTF-16 code units, as editors do. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

export interface PolicyGlob extends Place {
  readonly text: string;
  readonly tokens: readonly GlobToken[];
}

export interface PolicyRule extends Place {
  /** Unique in the policy; `rule-N` by its 1-based position where the text gives none. */
  readonly id: string;
  /** Any one of them has to match; empty: every path. */
  readonly globs: readonly PolicyGlob[];
  /** ACCESS bits; an open matches if it has any of them. Both bits ask nothing. */
  readonly access: number;
  /** Bytes, inclusive. */
  readonly minSize: number;
  /** Bytes, exclusive; Infinity where there is no bound. */
  readonly maxSize: number;
  readonly action: PolicyAction;
  readonly why?: string;
}

export interface Policy {
  readonly version: 1;
  readonly name?: string;
  /** The action where no rule matches. */
  readonly default: PolicyAction;
  /** In order: the first that matches decides. */
  readonly rules: readonly PolicyRule[];
}
