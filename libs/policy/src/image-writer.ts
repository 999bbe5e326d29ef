/** Lays the parts of a compiled policy out as an image (see `image-layout.ts`). */
import { ACTION } from './actions.ts';
import { classOf, type Alphabet } from './alphabet.ts';
import { imageTooLarge } from './budget.ts';
import type { CallerClasses, Intervals } from './callers.ts';
import { mayOfAction, type DecisionNodes } from './decision-nodes.ts';
import type { ExtensionClasses } from './extensions.ts';
import * as layout from './image-layout.ts';
import { Strings, writeNames } from './image-names.ts';
import { LIMITS } from './limits.ts';
import type { NameState } from './name-automata.ts';
import type { PathAutomaton } from './path-automaton.ts';
import type { Policy } from './policy.ts';
import type { SizeBounds } from './size-bounds.ts';

export interface CompiledParts {
  readonly policy: Policy;
  readonly foldNames: boolean;
  readonly alphabet: Alphabet;
  readonly nameStates: readonly NameState[];
  readonly paths: PathAutomaton;
  /** MAY bits by path state. */
  readonly beneath: Uint8Array;
  readonly nodes: DecisionNodes;
  readonly callers: CallerClasses;
  readonly extensions: ExtensionClasses;
  readonly bounds: SizeBounds;
}

type Words = ArrayLike<number>;

export function writeImage(parts: CompiledParts): Uint8Array {
  const { policy, alphabet, paths, callers, nodes } = parts;
  const strings = new Strings();
  const { tables, targets } = writeTables(paths);
  const { states: nameStates, edges } = writeNameStates(parts.nameStates);
  const rules = writeRules(policy, strings);
  const { seed, names, extensions, extensionBytes } = writeNames(paths, parts.extensions.classes, strings);
  const sections = {
    states: writeStates(paths, parts.beneath),
    tables,
    targets,
    nodes: nodes.words.subarray(0, nodes.length),
    rules,
    names,
    nameStates,
    edges,
    ascii: Array.from({ length: layout.ASCII_WORDS }, (_, unit) => classOf(alphabet, unit)),
    ranges: joined(alphabet.starts, alphabet.classes),
    extensions,
    uids: intervals(callers.uid),
    apps: intervals(callers.app),
    gids: intervals(callers.gid),
    joined: callers.joined,
    callers: callers.table,
    samples: writeSamples(policy, callers),
    bounds: parts.bounds.bytes.flatMap((bytes) => [bytes % 2 ** 32, Math.floor(bytes / 2 ** 32)]),
    strings: strings.words(),
  } satisfies Record<string, Words>;

  let total = layout.HEADER_WORDS;
  const at = {} as Record<keyof typeof sections, number>;
  for (const [name, words] of Object.entries(sections)) {
    at[name as keyof typeof sections] = total;
    total += words.length;
  }
  if (total * 4 > LIMITS.imageBytes) throw imageTooLarge();
  const image = new Uint32Array(total);
  const { defaults } = policy;
  const header: Record<keyof typeof layout.HEADER, number> = {
    magic: layout.MAGIC,
    version: layout.IMAGE_VERSION,
    totalBytes: total * 4,
    rootState: paths.root,
    stateCount: paths.states.length,
    tableCount: paths.tables.length,
    targetCount: targets.length,
    nodeWords: nodes.length,
    ruleCount: policy.rules.length,
    nameSlots: names.length / layout.NAME_WORDS,
    nameSeed: seed,
    nameStateCount: parts.nameStates.length,
    edgeWords: edges.length,
    rangeCount: alphabet.starts.length,
    extensionSlots: extensions.length / layout.EXTENSION_WORDS,
    extensionBytes,
    uidCount: callers.uid.starts.length,
    appCount: callers.app.starts.length,
    gidCount: callers.gid.starts.length,
    appClasses: callers.appCount,
    gidClasses: callers.gidCount,
    joinedCount: callers.joined.length,
    callerCount: callers.table.length,
    classes: callers.count,
    boundCount: parts.bounds.count,
    stringBytes: strings.length,
    defaultAction: ACTION[policy.default],
    defaultEntryTimeout: defaults.entryTimeoutMs ?? layout.NOT_GIVEN,
    defaultAttributeTimeout: defaults.attributeTimeoutMs ?? layout.NOT_GIVEN,
    defaultReadAhead: defaults.readAhead ?? 0,
    flags: flagsOf(policy, parts.foldNames),
    ...at,
  };
  for (const [name, value] of Object.entries(header))
    image[layout.HEADER[name as keyof typeof header]] = value;
  for (const [name, words] of Object.entries(sections)) image.set(words, at[name as keyof typeof sections]);
  return new Uint8Array(image.buffer);
}

function flagsOf({ rules, defaults }: Policy, foldNames: boolean): number {
  const guards = rules.some(({ action }) => action === 'hide' || action === 'redact' || action === 'deny');
  const times = [defaults, ...rules.map(({ options }) => options)].some(
    ({ entryTimeoutMs, attributeTimeoutMs }) =>
      entryTimeoutMs !== undefined || attributeTimeoutMs !== undefined,
  );
  return (
    (foldNames ? layout.FLAG.foldNames : 0) |
    (guards ? layout.FLAG.guards : 0) |
    (rules.some(({ action }) => action === 'tree') ? layout.FLAG.trees : 0) |
    (guards || times ? layout.FLAG.shapesNames : 0) |
    ((defaults.keepCache ?? true) ? layout.FLAG.keepCache : 0)
  );
}

/** A uid and a gid of each class, and what rules may say to it. */
function writeSamples({ rules }: Policy, callers: CallerClasses): number[] {
  const concern = new Uint8Array(callers.count);
  const everybody = Array.from(concern, (_, index) => index);
  for (const { action, caller } of rules) {
    const may = mayOfAction(ACTION[action]) & 0xf;
    if (may === 0) continue;
    for (const index of caller ? callers.classesOf(caller) : everybody)
      concern[index] = (concern[index] ?? 0) | may;
  }
  return callers.samples.flatMap(([uid, gid], index) => [uid, gid, concern[index] ?? 0]);
}

function intervals({ starts, classes }: Intervals): Words {
  return joined(starts, classes);
}

function joined(first: Words, second: Words): Uint32Array {
  const words = new Uint32Array(first.length + second.length);
  words.set(first);
  words.set(second, first.length);
  return words;
}

function writeStates(paths: PathAutomaton, beneath: Uint8Array): Uint32Array {
  const words = new Uint32Array(paths.states.length * layout.STATE_WORDS);
  for (const [state, { table, cell }] of paths.states.entries()) {
    words[state * layout.STATE_WORDS] = ((beneath[state] ?? 0) << layout.BENEATH_SHIFT) | table;
    words[state * layout.STATE_WORDS + 1] = cell;
  }
  return words;
}

function writeTables(paths: PathAutomaton): { tables: number[]; targets: number[] } {
  const tables: number[] = [];
  const targets: number[] = [];
  const offsets: number[] = [];
  for (const [id, table] of paths.tables.entries()) {
    let offset = table.base === id ? undefined : offsets[table.base];
    if (offset === undefined) {
      offset = targets.length;
      for (const target of table.targets) targets.push(target);
    }
    offsets.push(offset);
    tables.push(table.names.size > 0 ? 1 : 0, table.base, table.automaton.start, offset);
  }
  return { tables, targets };
}

function writeNameStates(states: readonly NameState[]): { states: number[]; edges: number[] } {
  const words: number[] = [];
  const edges: number[] = [];
  for (const state of states) {
    const count = state.row ? layout.ROW : state.exceptions.length / 2;
    words.push(state.accept, state.fallback, ((edges.length << 5) | count) >>> 0);
    if (state.row) for (const target of state.row) edges.push(target);
    else {
      for (let i = 0; i < state.exceptions.length; i += 2) {
        edges.push((((state.exceptions[i] ?? 0) << 16) | (state.exceptions[i + 1] ?? 0)) >>> 0);
      }
    }
  }
  return { states: words, edges };
}

function writeRules({ rules, defaults }: Policy, strings: Strings): Uint32Array {
  const words = new Uint32Array(rules.length * layout.RULE_WORDS);
  for (const [index, rule] of rules.entries()) {
    const options = { ...defaults, ...rule.options };
    const of = [
      rule.errno,
      options.entryTimeoutMs ?? layout.NOT_GIVEN,
      options.attributeTimeoutMs ?? layout.NOT_GIVEN,
      options.readAhead ?? 0,
      (options.keepCache ?? true) ? 1 : 0,
      ...strings.place(rule.id),
      ...strings.place(rule.why ?? ''),
    ];
    words.set(of, index * layout.RULE_WORDS);
  }
  return words;
}
