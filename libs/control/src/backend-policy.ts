/** Policies as the control API speaks of them: versions, changes, differences, explanations. */
import type { Caller } from './backend.ts';

export interface PolicyDiagnostic {
  severity: 'error' | 'warning';
  file: string;
  /** Both from 1. */
  line: number;
  column: number;
  message: string;
}

export interface PolicyVersion {
  version: number;
  /** The preset's name, or the file's. */
  name: string;
  /** Unix time, milliseconds. */
  appliedAtMs: number;
  appliedBy: Caller;
  /** As its author put it; may be empty. */
  why: string;
  /** SHA-256 of the text, hexadecimal. */
  digest: string;
  /** The version whose text this is again; 0 unless it came by a rollback. */
  rollbackOf: number;
  inForce: boolean;
}

export interface StoredPolicy extends Omit<PolicyVersion, 'inForce'> {
  volume: string;
  text: string;
  warnings: PolicyDiagnostic[];
  /** Files that stay open under the decision of an earlier policy: a descriptor that passes through cannot be recalled. */
  openFilesUnderOlderPolicy: number;
}

export interface ApplyOptions {
  /** Kept with the version. */
  why?: string;
  /** Tell what would change, and change nothing. */
  dryRun?: boolean;
  /** The version that has to be in force. */
  expectedVersion?: number;
}

export interface AppliedPolicy extends StoredPolicy {
  change: PolicyChange;
}

/** What a policy changes against the one in force before, or, in a dry run, would change. */
export interface PolicyChange {
  /** 0 after an apply where neither policy has a say about names: then there is nothing to invalidate. */
  nodesExamined: number;
  /** Decided otherwise for some caller, about the name or an open for reading or writing. */
  nodesChanged: number;
  invalidatedEntries: number;
  invalidatedAttributes: number;
  openFilesExamined: number;
  /** Would be opened otherwise now. */
  openFilesChanged: number;
  samples: PolicyChangeSample[];
  openFilesUnderOlderPolicy: OpenFileUnderOlderPolicy[];
  /** Kinds of callers compared, and whether there are more. */
  callersCompared: number;
  callersCapped: boolean;
  /** The volume went away, or the next policy came, before all was looked at. */
  incomplete: boolean;
  /**
   * Directories of `tree` rules that were bound, and unbound, for it. A dry run tells those that would be, of the directories
   * that the policy names or that were seen as trees before.
   */
  treesBound: string[];
  treesUnbound: string[];
}

export interface PolicyChangeSample {
  path: string;
  /** A caller it changes for. */
  uid: number;
  /** `name`, `read` or `write`. */
  asked: string;
  fromAction: string;
  /** Id of the deciding rule; `default` when none matched. */
  fromRule: string;
  toAction: string;
  toRule: string;
}

export interface OpenFileUnderOlderPolicy {
  path: string;
  uid: number;
  /** How it is served: `passthrough`, `cached`, `direct`. */
  mode: string;
  toAction: string;
  toRule: string;
  /** What that means, in a sentence. */
  note: string;
}

export interface ValidateOptions {
  /** Run the assertions in the text's `expect` too, where it is not broken. */
  expectations?: boolean;
  /** The volume it is meant for; empty: none in particular. */
  volume?: string;
}

export interface PolicyValidation {
  diagnostics: PolicyDiagnostic[];
  /** 0 and none where they were not asked for. */
  expectationsPassed: number;
  expectationsFailed: PolicyDiagnostic[];
}

export interface PolicyDifference {
  fromVersion: number;
  toVersion: number;
  /** Unified, with three lines of context; empty where the texts are the same. */
  textDiff: string;
  /** The diff was longer than what is given. */
  textCut: boolean;
  rules: RuleDifference[];
}

export interface RuleDifference {
  kind: 'added' | 'removed' | 'changed' | 'moved';
  id: string;
  /** Positions among the rules, from 1; 0 where it is not there. */
  fromPosition: number;
  toPosition: number;
}

export interface PolicyEvent {
  kind: 'applied' | 'rolled-back' | 'refused' | 'recompiled';
  volume: string;
  /** The version that the event made or, of a policy refused, the version that stays in force. */
  version: number;
  name: string;
  /** Unix time, milliseconds. */
  atMs: number;
  by: Caller;
  why: string;
  digest: string;
  rollbackOf: number;
  /** Why it was refused; empty otherwise. */
  message: string;
}

export type AskedAccess = 'read' | 'write' | 'create' | 'mmap';
export type AskedType = 'file' | 'directory' | 'symlink' | 'other';

export interface ExplainRequest {
  volume: string;
  /** In the volume (`DCIM/a.jpg`), or absolute beneath the mount point or the source. */
  path: string;
  /** All that is asked at once; none: the name alone. */
  access: AskedAccess[];
  /** Bytes; undefined: the lower file's own size. */
  size?: number;
  uid: number;
  /** Undefined: the same number as the uid. */
  gid?: number;
  /** The caller is this package; `uid` then says which user by its hundred-thousands. */
  package?: string;
  /** Undefined: the lower object's own. */
  type?: AskedType;
}

export interface Explanation {
  volume: string;
  /** Relative to the volume. */
  path: string;
  /** What policy says: an action such as `passthrough`, `cached`, `hide`. */
  action: string;
  /** Reason code of the decision, e.g. `rule`, `default`. */
  reason: string;
  /** Id of the rule that decided; `default` when none matched. */
  rule: string;
  /** The rule's own `why`; may be empty. */
  why: string;
  /** Bytes the decision was made for. */
  size: number;
  type: string;
  /** Name of the error that the caller gets; empty for none. */
  errno: string;
  entryTimeoutMs: number;
  attributeTimeoutMs: number;
  /** Bytes; 0: as the kernel has it. */
  readAhead: number;
  keepCache: boolean;
  /** What an open would get now, with the inode's present mode and the dialect taken into account, and its reason code. */
  outcome: string;
  outcomeReason: string;
  policyVersion: number;
  uid: number;
  gid: number;
  /** Callers of one class are never told apart by the policy. */
  callerClass: number;
  /** How `auto` came to its decision, a line each. */
  arithmetic: string[];
  /** The path as the compiled policy read it. */
  steps: ExplainStep[];
  /** Rules before the deciding one that did not match. */
  lost: LostRule[];
}

export interface ExplainStep {
  component: string;
  /** The form that is compared with globs. */
  canonical: string;
  /** Of the automaton, after the component. */
  state?: number;
}

export interface LostRule {
  rule: string;
  line: number;
  because: string;
}
