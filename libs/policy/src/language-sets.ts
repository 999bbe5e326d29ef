/**
 * Named sets, and the lists that use them. A text's own sets may use those above them and those of the preset it extends;
 * a set with the name of one of the preset's replaces it, for the preset's rules as well.
 */
import { isMap, isSeq } from 'yaml';
import { quote, suggest } from './diagnostics.ts';
import { readEntry, type ListKind, LIST_KINDS } from './language-entries.ts';
import { LIMITS } from './limits.ts';
import type { Entry, Item, NodeReader } from './node-reader.ts';
import { ANY_ID, normaliseRanges, type IdForm } from './id-ranges.ts';
import type { IdRanges, PathSet, PolicyGlob } from './policy.ts';
import { kind as kindOf, scalar } from './yaml-nodes.ts';

export interface Lists {
  readonly paths: PathSet;
  readonly extensions: readonly string[];
  readonly packages: readonly string[];
  readonly uids: IdRanges;
}

type Layer = 'own' | 'preset';

interface Definition {
  readonly kind: ListKind;
  readonly name: string;
  readonly layer: Layer;
  /** Position among the sets of its kind and layer. */
  readonly order: number;
  readonly reader: NodeReader;
  readonly entry: Entry;
  used: boolean;
  resolving: boolean;
  resolved: Lists[ListKind] | undefined;
}

/** Who looks a set up: a rule of a layer, or a set of it, and what numbers have to be for it. */
export interface Scope {
  readonly layer: Layer;
  readonly set?: Definition;
  readonly ids?: IdForm;
}

const SET_NAME = /^[A-Za-z][A-Za-z0-9_-]{0,63}$/;
const SET_NAME_FORM = 'letters, digits, - and _, a letter first, 64 at most';

export class SetTable {
  readonly #definitions = new Map<string, Definition>();
  readonly #interned = new Map<string, Lists[ListKind]>();
  readonly #identities = new Map<object, number>();
  #globs = 0;
  #resolved = 0;

  /** Reads the names of a text's `sets`; what is in them is read where it is first used. */
  define(reader: NodeReader, entry: Entry | undefined, layer: Layer): void {
    if (!entry || scalar(entry.value) === null) return;
    const kinds = reader.map(entry.value, entry.place, 'sets', LIST_KINDS);
    for (const kind of LIST_KINDS) {
      const named = kinds?.get(kind);
      if (!named || scalar(named.value) === null) continue;
      if (!isMap(named.value)) {
        const message = `sets of ${kind} must be a map from names to lists; this is ${kindOf(named.value)}`;
        reader.diagnostics.error(named.place, message);
        continue;
      }
      let order = 0;
      for (const [name, set] of reader.pairs(
        named.value,
        named.place,
        `sets of ${kind}`,
        'the name of a set',
      )) {
        if (!SET_NAME.test(name)) {
          reader.diagnostics.error(set.key, `${quote(name)} is no name for a set; write ${SET_NAME_FORM}`);
          continue;
        }
        if (this.#definitions.size >= LIMITS.sets) {
          reader.diagnostics.error(set.key, `more than ${String(LIMITS.sets)} sets; join some of them`);
          return;
        }
        const state = { used: false, resolving: false, resolved: undefined };
        this.#definitions.set(keyOf(layer, kind, name), {
          kind,
          name,
          layer,
          order: order++,
          reader,
          entry: set,
          ...state,
        });
      }
    }
  }

  /** Reads the sets that nothing has used, too, and warns of those that are the text's own. */
  settle(): void {
    for (const definition of this.#definitions.values()) {
      if (definition.layer !== 'own') continue;
      const { reader, entry, name, kind } = definition;
      const overrides = this.#definitions.has(keyOf('preset', kind, name));
      const used = definition.used || overrides;
      this.#resolve(definition);
      if (!used)
        reader.diagnostics.warning(
          entry.key,
          `the set ${name} of ${kind} is not used; remove it or name it as $${name}`,
        );
    }
  }

  /**
   * The list of a `match` key: an entry or several, sets among them.
   * @param ids what numbers have to be, in sets as well
   */
  list<K extends ListKind>(
    reader: NodeReader,
    entry: Entry,
    key: string,
    kind: K,
    layer: Layer,
    ids: IdForm = ANY_ID,
  ): Lists[K] {
    const what =
      kind === 'paths' ? 'a glob' : `${ids === ANY_ID ? article(kind) : 'an app id, a range'} or $set`;
    const items = reader.oneOrSeveral(entry, key, what, LIMITS.listEntries);
    return this.#read(reader, items, key, kind, { layer, ids });
  }

  #resolve(definition: Definition): Lists[ListKind] {
    if (definition.resolved !== undefined) return definition.resolved;
    const { reader, entry, kind, name } = definition;
    definition.resolving = true;
    let items: Item[] = [];
    if (!isSeq(entry.value)) {
      reader.diagnostics.error(
        entry.place,
        `the set ${name} must be a list, [] for none; this is ${kindOf(entry.value)}`,
      );
    } else items = reader.items(entry, `the set ${name}`, LIMITS.setEntries, 'make several sets');
    definition.resolved = this.#read(reader, items, `the set ${name}`, kind, {
      layer: definition.layer,
      set: definition,
    });
    definition.resolving = false;
    return definition.resolved;
  }

  #read<K extends ListKind>(
    reader: NodeReader,
    items: readonly Item[],
    key: string,
    kind: K,
    scope: Scope,
  ): Lists[K] {
    const own: unknown[] = [];
    const uses: Lists[ListKind][] = [];
    for (const item of items) {
      if (reader.diagnostics.full) break;
      const value = scalar(item.node);
      if (typeof value === 'string' && value.startsWith('$')) {
        const set = this.#find(reader, item, value.slice(1), key, kind, scope);
        if (set !== undefined) uses.push(set);
      } else {
        const read = readEntry(reader, item, key, kind, scope.ids);
        if (read !== undefined) own.push(read);
      }
    }
    if (own.length === 0 && uses.length === 1) return uses[0] as Lists[K];
    if (kind === 'paths')
      return this.#pathSet(reader, items, own as PolicyGlob[], uses as PathSet[]) as Lists[K];
    for (const set of [own, ...uses]) this.#resolved += (set as readonly unknown[]).length;
    if (this.#resolved > LIMITS.resolvedEntries) {
      const place = items[0]?.place ?? { line: 1, column: 1 };
      const message = `up to here, lists have more than ${String(LIMITS.resolvedEntries)} entries with the sets they use; name what is used together as one set`;
      reader.diagnostics.error(place, message);
      return [] as unknown as Lists[K];
    }
    const all =
      kind === 'uids'
        ? normaliseRanges([...own, ...uses.flat()] as IdRanges)
        : [...new Set([...own, ...uses.flat()] as string[])].sort();
    return this.#intern(`${kind} ${JSON.stringify(all)}`, all as Lists[K]);
  }

  #pathSet(reader: NodeReader, items: readonly Item[], globs: PolicyGlob[], uses: PathSet[]): PathSet {
    this.#globs += globs.length;
    if (this.#globs > LIMITS.globs && globs.length > 0) {
      const place = items[0]?.place ?? { line: 1, column: 1 };
      reader.diagnostics.error(
        place,
        `up to here, more than ${String(LIMITS.globs)} globs; name what is used twice as a set, or use wildcards`,
      );
      return { globs: [], uses: [] };
    }
    const key = `paths ${JSON.stringify([globs.map(({ text }) => text), uses.map((set) => this.identity(set))])}`;
    return this.#intern(key, { globs, uses });
  }

  #intern<T extends Lists[ListKind]>(key: string, list: T): T {
    const known = this.#interned.get(key);
    if (known !== undefined) return known as T;
    this.#interned.set(key, list);
    return list;
  }

  /** A number that equal lists, and no others, have. */
  identity(set: object): number {
    let id = this.#identities.get(set);
    if (id === undefined) this.#identities.set(set, (id = this.#identities.size));
    return id;
  }

  #find<K extends ListKind>(
    reader: NodeReader,
    item: Item,
    name: string,
    key: string,
    kind: K,
    scope: Scope,
  ): Lists[K] | undefined {
    const found = this.#visible(name, kind, scope);
    if (typeof found === 'string' || found.resolving) {
      const message =
        typeof found === 'string'
          ? found
          : `the set ${name} uses itself by way of ${scope.set?.name ?? name}; sets cannot go in a circle`;
      reader.diagnostics.error(item.place, message);
      return undefined;
    }
    found.used = true;
    const list = this.#resolve(found);
    if (kind === 'uids') boundIds(found, list as IdRanges, key, scope.ids ?? ANY_ID);
    return list as Lists[K];
  }

  /** The set a name means, or why it means none. */
  #visible(name: string, kind: ListKind, { layer, set }: Scope): Definition | string {
    const own = this.#definitions.get(keyOf('own', kind, name));
    const preset = this.#definitions.get(keyOf('preset', kind, name));
    if (layer === 'own' && own && set && own.order >= set.order) {
      if (own === set && preset) return preset;
      if (own === set) return `the set ${name} uses itself; sets cannot go in a circle`;
      return `the set ${name} is defined below; a set may use those above it: move it up`;
    }
    const found = own ?? preset;
    if (found) return found;
    const names = [...this.#definitions.values()]
      .filter((other) => other.kind === kind)
      .map((other) => other.name);
    const known =
      names.length > 0
        ? suggest(name, [...new Set(names)].slice(0, 50))
        : `there are none; define it as sets: { ${kind}: { ${SET_NAME.test(name) ? name : 'name'}: [...] } }`;
    const literal = kind === 'paths' ? '; a $ that begins a name is written [$]' : '';
    const elsewhere = LIST_KINDS.find(
      (other) =>
        this.#definitions.has(keyOf('own', other, name)) ||
        this.#definitions.has(keyOf('preset', other, name)),
    );
    if (elsewhere) return `the set ${name} is one of ${elsewhere}, and ${kind} are asked for here`;
    return `no set of ${kind} is named ${quote(name)}; ${known}${literal}`;
  }
}

/** Reports a set of ids that holds some that are too large for the key that uses it. */
function boundIds({ reader, entry, name }: Definition, list: IdRanges, key: string, ids: IdForm): void {
  const last = list.at(-1)?.[1] ?? 0;
  if (last <= ids.max) return;
  const message = `the set ${name} holds ${String(last)}, which is no ${ids.what}, and is used in ${key}; ${ids.form}`;
  reader.diagnostics.error(entry.place, message);
}

function keyOf(layer: Layer, kind: ListKind, name: string): string {
  return `${layer} ${kind} ${name}`;
}

function article(kind: ListKind): string {
  const names: Record<ListKind, string> = {
    paths: 'a glob',
    extensions: 'an extension',
    packages: 'a package',
    uids: 'a uid, a range',
  };
  return names[kind];
}
