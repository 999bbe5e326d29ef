/** What a rule asks: `match` and what is in it. */
import { ACCESS, TYPE, TYPES_ALL, type AccessName, type TypeName } from './actions.ts';
import { quote } from './diagnostics.ts';
import { APP_ID, normaliseRanges, USER_MAX } from './id-ranges.ts';
import { readIds } from './language-entries.ts';
import type { SetTable } from './language-sets.ts';
import { LIMITS } from './limits.ts';
import type { Entry, NodeReader } from './node-reader.ts';
import type { CallerCondition, Place, PolicyRule } from './policy.ts';
import { parseSize, SIZE_FORM } from './sizes.ts';
import { isEmptyMap, kind, scalar } from './yaml-nodes.ts';

export type Match = Pick<PolicyRule, 'types' | 'access' | 'minSize' | 'maxSize'> &
  Partial<Pick<PolicyRule, 'paths' | 'extensions' | 'caller'>>;

export const MATCH_KEYS = ['path', 'extension', 'type', 'size', 'caller', 'access'] as const;
export const CALLER_KEYS = ['uid', 'user', 'app', 'package', 'gid'] as const;
export const SIZE_KEYS = ['min', 'max'] as const;

export class MatchReader {
  readonly #reader: NodeReader;
  readonly #sets: SetTable;
  readonly #layer: 'own' | 'preset';
  readonly #callers: Map<string, CallerCondition>;

  /** @param callers conditions read so far, by what they say: equal ones become one object */
  constructor(
    reader: NodeReader,
    sets: SetTable,
    layer: 'own' | 'preset',
    callers: Map<string, CallerCondition>,
  ) {
    this.#reader = reader;
    this.#sets = sets;
    this.#layer = layer;
    this.#callers = callers;
  }

  read(entry: Entry | undefined, rule: Place): Match | undefined {
    if (!entry) {
      this.#error(
        rule,
        "the rule has no match; add one (match: { path: '**' } is every file) or use default",
      );
      return undefined;
    }
    const entries = this.#reader.map(entry.value, entry.place, 'match', MATCH_KEYS);
    if (!entries) return undefined;
    if (isEmptyMap(entry.value)) {
      this.#error(
        entry.place,
        `match is empty; add ${MATCH_KEYS.slice(0, -1).join(', ')} or access (path: '**' is every file)`,
      );
    }
    const [path, extension, caller] = [entries.get('path'), entries.get('extension'), entries.get('caller')];
    const condition = caller && this.#caller(caller);
    return {
      ...(path ? { paths: this.#sets.list(this.#reader, path, 'path', 'paths', this.#layer) } : {}),
      ...(extension
        ? { extensions: this.#sets.list(this.#reader, extension, 'extension', 'extensions', this.#layer) }
        : {}),
      types: this.#types(entries.get('type')),
      ...this.#size(entries.get('size')),
      ...(condition ? { caller: condition } : {}),
      access: readAccess(this.#reader, entries.get('access')),
    };
  }

  #error(place: Place, message: string): void {
    this.#reader.diagnostics.error(place, message);
  }

  #types(entry: Entry | undefined): number {
    if (!entry) return TYPES_ALL;
    const names = Object.keys(TYPE) as TypeName[];
    let types = 0;
    for (const item of this.#reader.oneOrSeveral(
      entry,
      'type',
      'file, directory, symlink or other',
      names.length,
    )) {
      const name = this.#reader.word(item, 'type', names);
      if (name) types |= 1 << TYPE[name];
    }
    return types;
  }

  #caller(entry: Entry): CallerCondition | undefined {
    const reader = this.#reader;
    const entries = reader.map(entry.value, entry.place, 'caller', CALLER_KEYS);
    if (!entries) return undefined;
    if (isEmptyMap(entry.value)) {
      this.#error(entry.place, 'caller is empty; add uid, user, app, package or gid');
      return undefined;
    }
    const [uid, user, app, named, gid] = CALLER_KEYS.map((key) => entries.get(key));
    const condition: CallerCondition = {
      ...(uid ? { uids: this.#sets.list(reader, uid, 'uid', 'uids', this.#layer) } : {}),
      ...(user ? { users: this.#users(user) } : {}),
      ...(app ? { apps: this.#sets.list(reader, app, 'app', 'uids', this.#layer, APP_ID) } : {}),
      ...(named ? { packages: this.#sets.list(reader, named, 'package', 'packages', this.#layer) } : {}),
      ...(gid ? { gids: this.#gids(gid) } : {}),
    };
    // Equal lists are one object, so who calls is compared without reading long lists again for every rule.
    const list = (set: object | undefined): number => (set ? this.#sets.identity(set) : -1);
    const key = JSON.stringify([
      list(condition.uids),
      condition.users,
      list(condition.apps),
      list(condition.packages),
      condition.gids,
    ]);
    const known = this.#callers.get(key);
    if (known) return known;
    this.#callers.set(key, condition);
    return condition;
  }

  #users(entry: Entry): number[] {
    const users = new Set<number>();
    for (const { node, place } of this.#reader.oneOrSeveral(
      entry,
      'user',
      'the number of a user',
      LIMITS.listEntries,
    )) {
      const user = scalar(node);
      if (typeof user === 'number' && Number.isInteger(user) && user >= 0 && user <= USER_MAX)
        users.add(user);
      else {
        const shown = user === undefined || user === null ? kind(node) : quote(String(user));
        this.#error(
          place,
          `user: ${shown} is no user; write its number (0, 10), at most ${String(USER_MAX)}`,
        );
      }
    }
    return [...users].sort((a, b) => a - b);
  }

  #gids(entry: Entry): CallerCondition['gids'] & object {
    const ranges: (readonly [number, number])[] = [];
    for (const item of this.#reader.oneOrSeveral(entry, 'gid', 'a gid, a range', LIMITS.listEntries)) {
      const range = readIds(this.#reader, item, 'gid');
      if (range) ranges.push(range);
    }
    return normaliseRanges(ranges);
  }

  #size(entry: Entry | undefined): Pick<PolicyRule, 'minSize' | 'maxSize'> {
    const whole = { minSize: 0, maxSize: Infinity };
    if (!entry) return whole;
    if (parseSize(scalar(entry.value)) !== undefined) {
      this.#error(entry.place, 'size needs to say of which end; write { min: 1MiB } or { max: 1MiB }');
      return whole;
    }
    const entries = this.#reader.map(entry.value, entry.place, 'size', SIZE_KEYS);
    if (!entries) return whole;
    const min = entries.get('min');
    const max = entries.get('max');
    if (isEmptyMap(entry.value)) this.#error(entry.place, 'size is empty; add min, max or both');
    const minSize = readBytes(this.#reader, min, 'size min') ?? 0;
    const maxSize = readBytes(this.#reader, max, 'size max') ?? Infinity;
    if (max && minSize >= maxSize) {
      const found = min ? `min ${String(minSize)} is not below max ${String(maxSize)}` : 'max is 0';
      this.#error(max.place, `${found}, so no size matches; min is inclusive and max exclusive: raise max`);
    }
    return { minSize, maxSize };
  }
}

export function readAccess(reader: NodeReader, entry: Entry | undefined): number {
  if (!entry) return 0;
  const names = Object.keys(ACCESS) as AccessName[];
  let access = 0;
  for (const item of reader.oneOrSeveral(entry, 'access', 'read, write, create or mmap', names.length)) {
    const name = reader.word(item, 'access', names);
    if (name) access |= ACCESS[name];
  }
  return access;
}

export function readBytes(reader: NodeReader, entry: Entry | undefined, key: string): number | undefined {
  if (!entry) return undefined;
  const value = scalar(entry.value);
  const bytes = parseSize(value);
  if (bytes === undefined) {
    const shown = value === undefined ? kind(entry.value) : quote(String(value));
    reader.diagnostics.error(entry.place, `${key}: ${shown} is no size; ${SIZE_FORM}`);
  }
  return bytes;
}
