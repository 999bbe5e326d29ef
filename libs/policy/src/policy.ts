/** A policy as data: what the parser makes of a text and what the compiler and the interpreter take. */
import type { ActionName, DataAction } from './actions.ts';
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

/**
 * Globs of which any has to match: those written in one place, and those of the sets named there. Sets are shared by
 * reference, so a thousand rules that name one set have one copy of its globs.
 */
export interface PathSet {
  readonly globs: readonly PolicyGlob[];
  readonly uses: readonly PathSet[];
}

/** Inclusive ranges: sorted, apart from each other. */
export type IdRanges = readonly (readonly [number, number])[];

/** Who calls. What is undefined is not asked; everything else has to hold. */
export interface CallerCondition {
  readonly uids?: IdRanges;
  /** Android's users: N is the uids N * 100,000 to N * 100,000 + 99,999. */
  readonly users?: readonly number[];
  /** App ids: uid % 100,000, which an app has in every user. */
  readonly apps?: IdRanges;
  /** Package names: those whose app id the caller has. */
  readonly packages?: readonly string[];
  readonly gids?: IdRanges;
}

/** What a rule or the policy's `defaults` say beside the action; what is undefined they do not say. */
export interface PolicyOptions {
  /** Milliseconds that the kernel may keep the name. */
  readonly entryTimeoutMs?: number;
  /** Milliseconds that the kernel may keep the attributes. */
  readonly attributeTimeoutMs?: number;
  readonly keepCache?: boolean;
  /** Bytes. */
  readonly readAhead?: number;
}

export interface PolicyRule extends Place {
  /** Unique in the policy; `rule-N` by its 1-based position where the text gives none. */
  readonly id: string;
  /** The preset it came from by `extends`; line and column are then those of `extends`. */
  readonly preset?: string;
  /** Undefined: every path. */
  readonly paths?: PathSet;
  /** Without dots, ASCII in lower case, sorted. Equal lists are one object. Undefined: any. */
  readonly extensions?: readonly string[];
  /** Bits 1 << TYPE. */
  readonly types: number;
  /** Equal conditions are one object. */
  readonly caller?: CallerCondition;
  /** ACCESS bits of which the question has to have any; 0: asks nothing about access. */
  readonly access: number;
  /** Bytes, inclusive. */
  readonly minSize: number;
  /** Bytes, exclusive; Infinity where there is no bound. */
  readonly maxSize: number;
  readonly action: ActionName;
  /** Of a deny, positive; otherwise 0. */
  readonly errno: number;
  readonly options: PolicyOptions;
  readonly why?: string;
}

/** A question with the answer its writer expects. */
export interface Expectation extends Place {
  readonly path: string;
  /** Undefined: that of the package in user 0, or else 0. */
  readonly uid?: number;
  /** Undefined: the uid. */
  readonly gid?: number;
  readonly package?: string;
  /** ACCESS bits; 0: the name alone. */
  readonly access: number;
  /** A TYPE code. */
  readonly type: number;
  /** Bytes. */
  readonly size: number;
  readonly action: ActionName;
  /** Of a deny, where the text names one. */
  readonly errno?: number;
  /** A rule's id, or `default`. */
  readonly rule?: string;
  readonly why?: string;
}

export interface Policy {
  readonly version: 1;
  readonly name?: string;
  readonly case: 'volume' | 'sensitive' | 'insensitive';
  readonly extends?: string;
  /** The action where no rule matches. */
  readonly default: DataAction;
  /** Options where the deciding rule, or no rule, says nothing. */
  readonly defaults: PolicyOptions;
  /** In order: the first that matches decides. */
  readonly rules: readonly PolicyRule[];
  readonly expect: readonly Expectation[];
}

/** Whether a rule asks about access or size: such a rule never decides about a name. */
export function isConditional(rule: PolicyRule): boolean {
  return rule.access !== 0 || rule.minSize > 0 || rule.maxSize < Infinity;
}

/** Actions that hold for everything beneath what a rule's globs name. */
export function holdsBeneath(action: ActionName): boolean {
  return action === 'hide' || action === 'deny' || action === 'tree';
}
