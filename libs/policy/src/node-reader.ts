/** Reads maps, lists and texts of a policy document, and reports what is none at the place where it stands. */
import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { quote, suggest, type Diagnostics } from './diagnostics.ts';
import type { PolicyDocument } from './document.ts';
import type { Place } from './policy.ts';
import { textFault, utf8Length } from './utf8.ts';
import { kind, scalar } from './yaml-nodes.ts';

export interface Entry {
  readonly value: ParsedNode | null;
  readonly key: Place;
  /** Of the value, or of the key where there is none. */
  readonly place: Place;
}
export type Entries = ReadonlyMap<string, Entry>;

export interface Item {
  readonly node: ParsedNode | null;
  readonly place: Place;
}

export class NodeReader {
  readonly document: PolicyDocument;
  readonly diagnostics: Diagnostics;
  /** Where everything of this document is said to stand: of a preset, the place that names it. */
  readonly #fixed: Place | undefined;

  constructor(document: PolicyDocument, diagnostics: Diagnostics, fixed?: Place) {
    this.document = document;
    this.diagnostics = diagnostics;
    this.#fixed = fixed;
  }

  /** The entries of a map by key; reports what is no map, a key that is unknown, twice there, or no text. */
  map(node: ParsedNode | null, place: Place, what: string, keys: readonly string[]): Entries | undefined {
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.diagnostics.error(place, `${what} must be a map with ${keys.join(', ')}; this is ${kind(node)}`);
      return undefined;
    }
    const entries = new Map<string, Entry>();
    for (const [key, entry] of this.pairs(node, place, what, `one of ${keys.join(', ')}`)) {
      if (keys.includes(key)) entries.set(key, entry);
      else this.diagnostics.error(entry.key, `unknown key ${quote(key)} in ${what}; ${suggest(key, keys)}`);
    }
    return entries;
  }

  /** The entries of a map whose keys are free; `keyForm` says what a key has to be. */
  pairs(node: ParsedNode | null, place: Place, what: string, keyForm: string): Entries {
    const entries = new Map<string, Entry>();
    if (!isMap<ParsedNode, ParsedNode | null>(node)) return entries;
    for (const { key: keyNode, value } of node.items) {
      if (this.diagnostics.full) break;
      const key = scalar(keyNode);
      const keyPlace = this.place(keyNode, place);
      if (typeof key !== 'string') {
        this.diagnostics.error(keyPlace, `a key of ${what} must be ${keyForm}; this is ${kind(keyNode)}`);
      } else if (entries.has(key))
        this.diagnostics.error(keyPlace, `${shown(key)} is there twice in ${what}; keep one`);
      else entries.set(key, { value, key: keyPlace, place: this.place(value, keyPlace) });
    }
    return entries;
  }

  /** A scalar, or the items of a list; `emptyFits`: of none, too. */
  oneOrSeveral(
    entry: Entry | undefined,
    key: string,
    what: string,
    limit: number,
    emptyFits = false,
  ): Item[] {
    if (!entry) return [];
    if (isScalar(entry.value) && entry.value.value !== null)
      return [{ node: entry.value, place: entry.place }];
    if (!isSeq<ParsedNode>(entry.value) || (entry.value.items.length === 0 && !emptyFits)) {
      this.diagnostics.error(
        entry.place,
        `${key} must be ${what} or a list of them; this is ${kind(entry.value)}`,
      );
      return [];
    }
    return this.items(entry, key, limit, 'remove some, or use several rules');
  }

  /** The items of a list that has at most `limit`. */
  items(entry: Entry, key: string, limit: number, advice: string): Item[] {
    if (!isSeq<ParsedNode>(entry.value)) return [];
    const { items } = entry.value;
    if (items.length > limit) {
      const place = this.place(items[limit] ?? null, entry.place);
      this.diagnostics.error(place, `more than ${String(limit)} entries in ${key}; ${advice}`);
      return [];
    }
    return items.map((node) => ({ node, place: this.place(node, entry.place) }));
  }

  text(entry: Entry | undefined, key: string, bytes: number): string | undefined {
    if (!entry) return undefined;
    const value = scalar(entry.value);
    if (typeof value !== 'string') {
      this.diagnostics.error(entry.place, `${key} must be text; this is ${kind(entry.value)}: quote it`);
      return undefined;
    }
    const unfit = textFault(value);
    if (unfit) this.diagnostics.error(entry.place, `${key} has ${unfit.message}`);
    else if (value.trim() === '')
      this.diagnostics.error(entry.place, `${key} is empty; write something or remove it`);
    else if (utf8Length(value) > bytes) {
      this.diagnostics.error(entry.place, `${key} is longer than ${String(bytes)} bytes; shorten it`);
    } else return value;
    return undefined;
  }

  /** One of some words; `what` it is called in a message. */
  word<T extends string>(item: Item, what: string, words: readonly T[]): T | undefined {
    const value = scalar(item.node);
    const word = words.find((known) => known === value);
    if (word !== undefined) return word;
    const message =
      typeof value === 'string'
        ? `unknown ${what} ${quote(value)}; ${suggest(value, words)}`
        : `${what} must be ${listed(words)}; this is ${kind(item.node)}`;
    this.diagnostics.error(item.place, message);
    return undefined;
  }

  place(node: ParsedNode | null, otherwise: Place): Place {
    if (this.#fixed) return this.#fixed;
    return node ? this.document.placeAt(node.range[0]) : otherwise;
  }

  /** The place of a character of a scalar, exact where the source shows the value as it is. */
  inside({ node, place }: Item, value: string, at: number): Place {
    if (!node || this.#fixed) return place;
    const { text, placeAt } = this.document;
    const start = node.range[0];
    const quoted = text[start] === '"' || text[start] === "'" ? 1 : 0;
    return text.startsWith(value, start + quoted) ? placeAt(start + quoted + at) : place;
  }
}

/** A key as it stands where it is a plain word, otherwise quoted and cut. */
function shown(key: string): string {
  return /^[\w-]{1,64}$/.test(key) ? key : quote(key);
}

function listed(words: readonly string[]): string {
  return words.length > 1 ? `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}` : (words[0] ?? '');
}
