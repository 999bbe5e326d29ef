/**
 * The policy language, version 1: from a YAML tree to a `Policy`. Reading goes on after an error, so that one run shows
 * them all; a policy comes out only where there was none.
 */
import { isMap, isScalar, isSeq, type ParsedNode } from 'yaml';
import { ACCESS, ACCESS_ANY, POLICY_ACTIONS, type AccessName, type PolicyAction } from './actions.ts';
import { Diagnostics, quote, suggest, type Diagnostic } from './diagnostics.ts';
import { readDocument, type PolicyDocument } from './document.ts';
import { parseGlob } from './glob.ts';
import { LIMITS } from './limits.ts';
import type { Place, Policy, PolicyGlob, PolicyRule } from './policy.ts';
import { derivedId, RuleIds } from './rule-ids.ts';
import { parseSize, SIZE_FORM } from './sizes.ts';
import { textFault, utf8Length } from './utf8.ts';
import { isEmptyMap, kind, scalar } from './yaml-nodes.ts';

/** Reads and validates a policy text. Never throws; `policy` is undefined where any diagnostic is an error. */
export function parsePolicy(text: string): { policy: Policy | undefined; diagnostics: Diagnostic[] } {
  const diagnostics = new Diagnostics();
  const document = readDocument(text, diagnostics);
  const policy = document && new PolicyReader(document, diagnostics).read();
  return { policy: diagnostics.hasErrors ? undefined : policy, diagnostics: diagnostics.list };
}

interface Entry {
  readonly value: ParsedNode | null;
  readonly key: Place;
  /** Of the value, or of the key where there is none. */
  readonly place: Place;
}
type Entries = ReadonlyMap<string, Entry>;

class PolicyReader {
  readonly #document: PolicyDocument;
  readonly #diagnostics: Diagnostics;

  constructor(document: PolicyDocument, diagnostics: Diagnostics) {
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  read(): Policy | undefined {
    const { root } = this.#document;
    const start = this.#document.placeAt(root?.range[0] ?? 0);
    const entries = this.#map(root, start, 'a policy', ['version', 'name', 'default', 'rules']);
    if (!entries) return undefined;
    this.#version(entries.get('version'), start);
    const name = this.#text(entries.get('name'), 'name', LIMITS.nameBytes);
    const byDefault = entries.get('default');
    if (!byDefault)
      this.#diagnostics.error(start, `default is missing; add one of ${POLICY_ACTIONS.join(', ')}`);
    const action = byDefault && this.#action(byDefault, 'default');
    const rules = this.#rules(entries.get('rules'));
    return { version: 1, ...(name === undefined ? {} : { name }), default: action ?? 'cached', rules };
  }

  #version(entry: Entry | undefined, start: Place): void {
    if (!entry) this.#diagnostics.error(start, 'version is missing; begin with version: 1');
    else if (scalar(entry.value) !== 1)
      this.#diagnostics.error(entry.place, 'version must be the number 1, the only one there is');
  }

  #rules(entry: Entry | undefined): PolicyRule[] {
    if (!entry || scalar(entry.value) === null) return [];
    if (!isSeq<ParsedNode>(entry.value)) {
      this.#diagnostics.error(
        entry.place,
        `rules must be a list, one "- match: ..." for each, or [] for none; this is ${kind(entry.value)}`,
      );
      return [];
    }
    const { items } = entry.value;
    if (items.length > LIMITS.rules) {
      const place = this.#place(items[LIMITS.rules] ?? null, entry.place);
      this.#diagnostics.error(
        place,
        `more than ${String(LIMITS.rules)} rules; use globs to cover many paths by one`,
      );
      return [];
    }
    const ids = new RuleIds(this.#diagnostics);
    const rules: PolicyRule[] = [];
    for (const [index, item] of items.entries()) {
      if (this.#diagnostics.full) break;
      const rule = this.#rule(item, index, this.#place(item, entry.place), ids);
      if (rule) rules.push(rule);
    }
    ids.settle(items.length);
    return rules;
  }

  #rule(node: ParsedNode | null, index: number, place: Place, ids: RuleIds): PolicyRule | undefined {
    const entries = this.#map(node, place, 'a rule', ['id', 'match', 'action', 'why']);
    if (!entries) return undefined;
    const given = entries.get('id');
    const id = this.#text(given, 'id', LIMITS.nameBytes);
    if (given && id !== undefined) ids.give(id, index, given.place);
    const match = this.#match(entries.get('match'), place);
    const actionEntry = entries.get('action');
    if (!actionEntry)
      this.#diagnostics.error(place, `the rule has no action; add one of ${POLICY_ACTIONS.join(', ')}`);
    const action = actionEntry && this.#action(actionEntry, 'action');
    const why = this.#text(entries.get('why'), 'why', LIMITS.whyBytes);
    if (!match || !action) return undefined;
    return { id: id ?? derivedId(index), ...place, ...match, action, ...(why === undefined ? {} : { why }) };
  }

  #match(
    entry: Entry | undefined,
    rule: Place,
  ): Pick<PolicyRule, 'globs' | 'access' | 'minSize' | 'maxSize'> | undefined {
    if (!entry) {
      this.#diagnostics.error(
        rule,
        "the rule has no match; add one (match: { path: '**' } is every file) or use default",
      );
      return undefined;
    }
    const entries = this.#map(entry.value, entry.place, 'match', ['path', 'size', 'access']);
    if (!entries) return undefined;
    if (isEmptyMap(entry.value)) {
      this.#diagnostics.error(
        entry.place,
        "match is empty; add path, size or access (path: '**' is every file)",
      );
    }
    return {
      globs: this.#globs(entries.get('path')),
      ...this.#size(entries.get('size')),
      access: this.#access(entries.get('access')),
    };
  }

  #globs(entry: Entry | undefined): PolicyGlob[] {
    const globs: PolicyGlob[] = [];
    for (const { node, place } of this.#oneOrSeveral(entry, 'path', 'a glob', LIMITS.globsPerRule)) {
      const text = scalar(node);
      if (typeof text !== 'string') {
        this.#diagnostics.error(
          place,
          `path must be a glob; this is ${kind(node)}: quote it if it is a name`,
        );
        continue;
      }
      const parsed = parseGlob(text);
      if (parsed.tokens) globs.push({ text, tokens: parsed.tokens, ...place });
      else {
        const where = this.#inside(node, text, parsed.fault.at, place);
        const message = `bad glob ${quote(text)}, character ${String(parsed.fault.at + 1)}: ${parsed.fault.message}`;
        this.#diagnostics.error(where, message);
      }
    }
    return globs;
  }

  #size(entry: Entry | undefined): Pick<PolicyRule, 'minSize' | 'maxSize'> {
    const whole = { minSize: 0, maxSize: Infinity };
    if (!entry) return whole;
    const bytes = parseSize(scalar(entry.value));
    if (bytes !== undefined) {
      this.#diagnostics.error(
        entry.place,
        'size needs to say of which end; write { min: 1MiB } or { max: 1MiB }',
      );
      return whole;
    }
    const entries = this.#map(entry.value, entry.place, 'size', ['min', 'max']);
    if (!entries) return whole;
    const min = entries.get('min');
    const max = entries.get('max');
    if (isEmptyMap(entry.value)) this.#diagnostics.error(entry.place, 'size is empty; add min, max or both');
    const minSize = this.#bytes(min, 'min') ?? 0;
    const maxSize = this.#bytes(max, 'max') ?? Infinity;
    if (max && minSize >= maxSize) {
      const found = min ? `min ${String(minSize)} is not below max ${String(maxSize)}` : 'max is 0';
      this.#diagnostics.error(
        max.place,
        `${found}, so no size matches; min is inclusive and max exclusive: raise max`,
      );
    }
    return { minSize, maxSize };
  }

  #bytes(entry: Entry | undefined, key: string): number | undefined {
    if (!entry) return undefined;
    const value = scalar(entry.value);
    const bytes = parseSize(value);
    if (bytes === undefined) {
      const shown = value === undefined ? kind(entry.value) : quote(String(value));
      this.#diagnostics.error(entry.place, `size ${key}: ${shown} is no size; ${SIZE_FORM}`);
    }
    return bytes;
  }

  #access(entry: Entry | undefined): number {
    if (!entry) return ACCESS_ANY;
    const names = Object.keys(ACCESS);
    let access = 0;
    for (const { node, place } of this.#oneOrSeveral(entry, 'access', 'read or write', names.length)) {
      const name = scalar(node);
      if (typeof name === 'string' && names.includes(name)) access |= ACCESS[name as AccessName];
      else if (typeof name === 'string')
        this.#diagnostics.error(place, `unknown access ${quote(name)}; ${suggest(name, names)}`);
      else this.#diagnostics.error(place, `access must be read or write; this is ${kind(node)}`);
    }
    return access;
  }

  #action(entry: Entry, key: string): PolicyAction | undefined {
    const value = scalar(entry.value);
    const action = POLICY_ACTIONS.find((known) => known === value);
    if (action) return action;
    const message =
      typeof value === 'string'
        ? `unknown action ${quote(value)}; ${suggest(value, POLICY_ACTIONS)}`
        : `${key} must be one of ${POLICY_ACTIONS.join(', ')}; this is ${kind(entry.value)}`;
    this.#diagnostics.error(entry.place, message);
    return undefined;
  }

  #text(entry: Entry | undefined, key: string, bytes: number): string | undefined {
    if (!entry) return undefined;
    const value = scalar(entry.value);
    if (typeof value !== 'string') {
      this.#diagnostics.error(entry.place, `${key} must be text; this is ${kind(entry.value)}: quote it`);
      return undefined;
    }
    const unfit = textFault(value);
    if (unfit) this.#diagnostics.error(entry.place, `${key} has ${unfit.message}`);
    else if (value.trim() === '')
      this.#diagnostics.error(entry.place, `${key} is empty; write something or remove it`);
    else if (utf8Length(value) > bytes) {
      this.#diagnostics.error(entry.place, `${key} is longer than ${String(bytes)} bytes; shorten it`);
    } else return value;
    return undefined;
  }

  #oneOrSeveral(
    entry: Entry | undefined,
    key: string,
    what: string,
    limit: number,
  ): { node: ParsedNode | null; place: Place }[] {
    if (!entry) return [];
    if (isScalar(entry.value) && entry.value.value !== null)
      return [{ node: entry.value, place: entry.place }];
    if (!isSeq<ParsedNode>(entry.value) || entry.value.items.length === 0) {
      this.#diagnostics.error(
        entry.place,
        `${key} must be ${what} or a list of them; this is ${kind(entry.value)}`,
      );
      return [];
    }
    const { items } = entry.value;
    if (items.length > limit) {
      const place = this.#place(items[limit] ?? null, entry.place);
      this.#diagnostics.error(
        place,
        `more than ${String(limit)} entries in ${key}; remove some, or use several rules`,
      );
      return [];
    }
    return items.map((node) => ({ node, place: this.#place(node, entry.place) }));
  }

  /** The entries of a map by key; reports what is no map, a key that is unknown, twice there, or no text. */
  #map(node: ParsedNode | null, place: Place, what: string, keys: readonly string[]): Entries | undefined {
    if (!isMap<ParsedNode, ParsedNode | null>(node)) {
      this.#diagnostics.error(place, `${what} must be a map with ${keys.join(', ')}; this is ${kind(node)}`);
      return undefined;
    }
    const entries = new Map<string, Entry>();
    for (const { key: keyNode, value } of node.items) {
      if (this.#diagnostics.full) break;
      const key = scalar(keyNode);
      const keyPlace = this.#place(keyNode, place);
      if (typeof key !== 'string') {
        this.#diagnostics.error(
          keyPlace,
          `a key of ${what} must be one of ${keys.join(', ')}; this is ${kind(keyNode)}`,
        );
      } else if (!keys.includes(key)) {
        this.#diagnostics.error(keyPlace, `unknown key ${quote(key)} in ${what}; ${suggest(key, keys)}`);
      } else if (entries.has(key)) {
        this.#diagnostics.error(keyPlace, `${key} is there twice in ${what}; keep one`);
      } else entries.set(key, { value, key: keyPlace, place: this.#place(value, keyPlace) });
    }
    return entries;
  }

  #place(node: ParsedNode | null, otherwise: Place): Place {
    return node ? this.#document.placeAt(node.range[0]) : otherwise;
  }

  /** The place of a character of a scalar, exact where the source shows the value as it is. */
  #inside(node: ParsedNode | null, value: string, at: number, place: Place): Place {
    if (!node) return place;
    const { text, placeAt } = this.#document;
    const start = node.range[0];
    const quoted = text[start] === '"' || text[start] === "'" ? 1 : 0;
    return text.startsWith(value, start + quoted) ? placeAt(start + quoted + at) : place;
  }
}
