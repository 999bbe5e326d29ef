/**
 * What a policy may cost. A policy text may come from a file anyone edited, and its image is mapped into every worker,
 * so each of these is checked before memory or time is spent on what it bounds.
 */
export const LIMITS = {
  /** Bytes of a policy text, in UTF-8. */
  textBytes: 1024 * 1024,
  /** Lists and maps inside each other in a text; the language itself needs five. */
  nesting: 16,
  rules: 10_000,
  /** Globs, extensions, users, ids or packages written in one list. */
  listEntries: 256,
  /** Named sets of a policy, those of an extended preset included. */
  sets: 512,
  /** Entries written in one named set. */
  setEntries: 4096,
  /** Entries of all different lists and sets of extensions, packages and ids, each with the sets it uses. */
  resolvedEntries: 262_144,
  /** Globs written in a policy, in rules and sets. */
  globs: 65_536,
  /** Bytes of an extension. */
  extensionBytes: 64,
  /** Bytes of a package name. */
  packageBytes: 255,
  /** Different sizes that the rules of a policy name as min or max. */
  sizeBounds: 64,
  /** Sorts of callers that the rules of a policy tell apart. */
  callerClasses: 1024,
  /** Sorts of extensions that the rules of a policy tell apart. */
  extensionClasses: 8192,
  /** Bytes that `read-ahead` may ask for. */
  readAheadBytes: 64 * 1024 * 1024,
  /** Assertions in `expect`. */
  expectations: 10_000,
  /** Bytes of one glob, in UTF-8, after YAML quoting is undone. */
  globBytes: 4096,
  /** Braces inside braces in one glob. */
  braceDepth: 4,
  /** Plain patterns that the braces of one glob stand for. */
  globExpansions: 1024,
  /** Plain patterns of a whole policy. */
  policyExpansions: 65_536,
  /** Characters and wildcards in all plain patterns of a policy together. */
  expandedTokens: 1024 * 1024,
  /** Different beginnings of paths, or of the wildcard names of one folder, that the globs have. */
  trieNodes: 131_072,
  /** States of each level of the automaton: one level reads whole components, the other the characters of a name. */
  states: 65_536,
  /** Different character classes that the wildcard names of a policy tell apart. */
  alphabet: 16_384,
  /** Bytes of a compiled image. */
  imageBytes: 16 * 1024 * 1024,
  /** Elementary steps of a compilation: what keeps a hostile policy from taking the machine. */
  compileSteps: 12_000_000,
  /** Bytes of a policy name or a rule id. */
  nameBytes: 128,
  /** Directories that `tree` rules name without wildcards and that are looked after from the start. */
  treeDirectories: 1024,
  /** Bytes of the free text of a rule. */
  whyBytes: 1024,
  /** Diagnostics reported for one text; one more says that others were left out. */
  diagnostics: 100,
} as const;
