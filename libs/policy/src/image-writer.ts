/** Lays the parts of a compiled policy out as an image (see `image-layout.ts`). */
import { ACTION, type PolicyAction } from './actions.ts';
import { classOf, type Alphabet } from './alphabet.ts';
import { imageTooLarge, LimitReached } from './budget.ts';
import * as layout from './image-layout.ts';
import { LIMITS } from './limits.ts';
import type { NameState } from './name-automata.ts';
import type { PathAutomaton } from './path-automaton.ts';
import type { Policy } from './policy.ts';
import { utf8 } from './utf8.ts';

export interface CompiledParts {
  readonly policy: Policy;
  readonly alphabet: Alphabet;
  readonly nameStates: readonly NameState[];
  readonly paths: PathAutomaton;
  readonly lists: readonly number[];
}

export function writeImage(parts: CompiledParts): Uint8Array {
  const { policy, alphabet, paths } = parts;
  const strings = new Strings();
  const { tables, targets } = writeTables(paths);
  const { states: nameStates, edges } = writeNameStates(parts.nameStates);
  const rules = writeRules(policy, strings);
  const { seed, slots } = writeNames(paths, strings);
  const sections = {
    states: paths.states.flatMap(({ table, list }) => [table, list]),
    tables,
    targets,
    lists: parts.lists,
    rules,
    names: slots,
    nameStates,
    edges,
    ascii: Array.from({ length: layout.ASCII_WORDS }, (_, unit) => classOf(alphabet, unit)),
    ranges: [...alphabet.starts, ...alphabet.classes],
    strings: strings.words(),
  };

  let total = layout.HEADER_WORDS;
  const at = {} as Record<keyof typeof sections, number>;
  for (const [name, words] of Object.entries(sections)) {
    at[name as keyof typeof sections] = total;
    total += words.length;
  }
  if (total * 4 > LIMITS.imageBytes) throw imageTooLarge();
  const image = new Uint32Array(total);
  const header: Record<keyof typeof layout.HEADER, number> = {
    magic: layout.MAGIC,
    version: layout.IMAGE_VERSION,
    totalBytes: total * 4,
    rootState: paths.root,
    stateCount: paths.states.length,
    tableCount: paths.tables.length,
    targetCount: targets.length,
    listWords: parts.lists.length,
    ruleCount: policy.rules.length,
    nameSlots: slots.length / layout.NAME_WORDS,
    nameSeed: seed,
    nameStateCount: parts.nameStates.length,
    edgeWords: edges.length,
    rangeCount: alphabet.starts.length,
    stringBytes: strings.length,
    defaultAction: actionCode(policy.default),
    cheapRegistrations: 0,
    ...at,
  };
  for (const [name, value] of Object.entries(header))
    image[layout.HEADER[name as keyof typeof header]] = value;
  for (const [name, words] of Object.entries(sections)) image.set(words, at[name as keyof typeof sections]);
  return new Uint8Array(image.buffer);
}

/** Tells a compiled image what a registration was measured to cost on this kernel: less than a read, or more. */
export function setCheapRegistrations(image: Uint8Array, cheap: boolean): void {
  const view = new DataView(image.buffer, image.byteOffset, image.byteLength);
  view.setUint32(layout.HEADER.cheapRegistrations * 4, cheap ? 1 : 0, true);
}

function actionCode(action: PolicyAction): number {
  return action === 'auto' ? layout.AUTO : ACTION[action];
}

/** The bytes of all strings, each text once. */
class Strings {
  readonly #parts: Uint8Array[] = [];
  readonly #offsets = new Map<string, { offset: number; bytes: Uint8Array }>();
  length = 0;

  place(text: string): { offset: number; bytes: Uint8Array } {
    let placed = this.#offsets.get(text);
    if (!placed) {
      placed = { offset: this.length, bytes: utf8(text) };
      this.#offsets.set(text, placed);
      this.#parts.push(placed.bytes);
      this.length += placed.bytes.length;
    }
    return placed;
  }

  words(): Uint32Array {
    const words = new Uint32Array((this.length + 3) >>> 2);
    const bytes = new Uint8Array(words.buffer);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return words;
  }
}

function writeTables(paths: PathAutomaton): { tables: number[]; targets: number[] } {
  const tables: number[] = [];
  const targets: number[] = [];
  const offsets: number[] = [];
  for (const [id, table] of paths.tables.entries()) {
    let offset = table.base === id ? undefined : offsets[table.base];
    if (offset === undefined) {
      offset = targets.length;
      targets.push(...table.targets);
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

function writeRules(policy: Policy, strings: Strings): number[] {
  const words: number[] = [];
  for (const rule of policy.rules) {
    const id = strings.place(rule.id);
    const why = strings.place(rule.why ?? '');
    words.push(actionCode(rule.action), rule.access, ...sizeWords(rule.minSize), ...sizeWords(rule.maxSize));
    words.push(id.offset, id.bytes.length, why.offset, why.bytes.length);
  }
  return words;
}

/** Low and high word; no bound is the largest number there is room for, above every size. */
function sizeWords(bytes: number): [number, number] {
  if (bytes === Infinity) return [0xffff_ffff, 0xffff_ffff];
  return [bytes % 2 ** 32, Math.floor(bytes / 2 ** 32)];
}

interface PlacedName {
  readonly table: number;
  readonly offset: number;
  readonly bytes: Uint8Array;
  readonly target: number;
}

/** The open-addressed table of all literal names. A seed that crowds some slots is given up for the next. */
function writeNames(paths: PathAutomaton, strings: Strings): { seed: number; slots: Uint32Array } {
  const names: PlacedName[] = [];
  for (const [table, { names: own }] of paths.tables.entries()) {
    for (const [name, target] of own) names.push({ table, target, ...strings.place(name) });
  }
  const capacity = 2 ** Math.ceil(Math.log2((names.length * 4) / 3 + 1));
  for (let attempt = 0; attempt < 8; attempt++) {
    const seed = (0x811c9dc5 + Math.imul(attempt, 0x9e3779b1)) >>> 0;
    const slots = placeNames(names, capacity, seed);
    if (slots) return { seed, slots };
  }
  throw new LimitReached('the names in the globs cannot be laid out evenly; leave some of them out');
}

function placeNames(names: readonly PlacedName[], capacity: number, seed: number): Uint32Array | undefined {
  const slots = new Uint32Array(capacity * layout.NAME_WORDS);
  for (let slot = 0; slot < capacity; slot++) slots[slot * layout.NAME_WORDS] = layout.FREE_SLOT;
  for (const { table, offset, bytes, target } of names) {
    let fnv = seed;
    for (const byte of bytes) fnv = Math.imul(fnv ^ byte, layout.FNV_PRIME);
    const hash = layout.nameHash(fnv, table);
    let probe = 0;
    let at = 0;
    for (; probe < layout.PROBES_MAX; probe++) {
      at = layout.nameSlot(hash, probe, capacity - 1) * layout.NAME_WORDS;
      if (slots[at] === layout.FREE_SLOT) break;
    }
    if (probe === layout.PROBES_MAX) return undefined;
    slots.set([layout.nameKey(table, bytes.length), hash, offset, target], at);
  }
  return slots;
}
