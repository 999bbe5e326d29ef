/**
 * The naive reading of what a rule asks: globs by backtracking over the path, conditions one by one. It shares nothing
 * with the compiler but the parser and the form of names.
 */
import { TYPES_ALL } from './actions.ts';
import { canonicalBytes, canonicalName } from './canonical.ts';
import { foldsNames, type CompileContext } from './compile.ts';
import { globMatches, pathUnits } from './glob-matching.ts';
import { rangesHold, USER_UIDS } from './id-ranges.ts';
import { holdsBeneath, type PathSet, type Policy, type PolicyRule } from './policy.ts';
import { utf8 } from './utf8.ts';

/** What is asked of a policy. */
export interface Question {
  /** Relative to the volume root; empty components are passed over. */
  readonly path: string | Uint8Array;
  /** A TYPE code. */
  readonly type: number;
  readonly uid: number;
  readonly gid: number;
  /** ACCESS bits; 0 asks about the name alone. */
  readonly asked: number;
  /** Bytes. */
  readonly size: number;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** A question as the rules of one policy see it. */
export class Matcher {
  readonly question: Question;
  /** The components, in the form in which they are compared. */
  readonly components: readonly Uint8Array[];
  readonly #folds: boolean;
  readonly #packages: ReadonlyMap<string, readonly number[]> | undefined;
  readonly #units: readonly number[];
  readonly #extension: string | undefined;
  readonly #sets = new Map<PathSet, boolean>();
  readonly #beneath = new Map<PathSet, boolean>();

  constructor(policy: Policy, context: CompileContext, question: Question) {
    this.question = question;
    this.#folds = foldsNames(policy, context);
    this.#packages = context.packages;
    this.components = componentsOf(question.path).map((name) =>
      this.#folds ? canonicalBytes(name, 0, name.length) : name,
    );
    this.#units = pathUnits(this.components);
    this.#extension = extensionOf(this.components.at(-1));
  }

  isRoot(): boolean {
    return this.components.length === 0;
  }

  /** Whether path, extension, type and caller are what the rule asks. */
  fits(rule: PolicyRule): boolean {
    return this.path(rule) && this.extension(rule) && this.type(rule) && this.caller(rule);
  }

  path(rule: PolicyRule): boolean {
    if (!rule.paths) return true;
    return this.#anyGlob(rule.paths, holdsBeneath(rule.action));
  }

  extension({ extensions }: PolicyRule): boolean {
    if (!extensions) return true;
    const forms = this.#folds ? extensions.map(canonicalName) : extensions;
    return this.#extension !== undefined && forms.includes(this.#extension);
  }

  type({ types }: PolicyRule): boolean {
    return types === TYPES_ALL || (types & (1 << this.question.type)) !== 0;
  }

  caller(rule: PolicyRule): boolean {
    return this.strangeness(rule) === undefined;
  }

  /** The first thing about the caller that is not as the rule asks, in words; undefined: there is none. */
  strangeness({ caller }: PolicyRule): string | undefined {
    if (!caller) return undefined;
    const { uid, gid } = this.question;
    const [user, app] = [Math.floor(uid / USER_UIDS), uid % USER_UIDS];
    if (caller.uids && !rangesHold(caller.uids, uid)) return `uid ${String(uid)}`;
    if (caller.users && !caller.users.includes(user)) return `user ${String(user)}`;
    if (caller.apps && !rangesHold(caller.apps, app)) return `app ${String(app)}`;
    if (caller.packages && !caller.packages.some((name) => this.#hasApp(name, app)))
      return `package: app ${String(app)} is none of those`;
    return caller.gids && !rangesHold(caller.gids, gid) ? `gid ${String(gid)}` : undefined;
  }

  #hasApp(name: string, app: number): boolean {
    return this.#packages?.get(name)?.some((id) => id % USER_UIDS === app) ?? false;
  }

  access({ access }: PolicyRule): boolean {
    return access === 0 || (access & this.question.asked) !== 0;
  }

  size({ minSize, maxSize }: PolicyRule): boolean {
    return this.question.size >= minSize && this.question.size < maxSize;
  }

  #anyGlob(set: PathSet, beneath: boolean): boolean {
    const known = beneath ? this.#beneath : this.#sets;
    let matched = known.get(set);
    if (matched === undefined) {
      matched =
        set.globs.some(({ tokens }) => globMatches(tokens, this.#units, { folds: this.#folds, beneath })) ||
        set.uses.some((used) => this.#anyGlob(used, beneath));
      known.set(set, matched);
    }
    return matched;
  }
}

/** The components of a path, those that are not empty. */
export function componentsOf(path: string | Uint8Array): Uint8Array[] {
  const bytes = typeof path === 'string' ? utf8(path) : path;
  const components: Uint8Array[] = [];
  let start = 0;
  for (let end = 0; end <= bytes.length; end++) {
    if (end < bytes.length && bytes[end] !== SLASH) continue;
    if (end > start) components.push(bytes.subarray(start, end));
    start = end + 1;
  }
  return components;
}

/** What stands after the last dot, ASCII in lower case; undefined where there is none, or where it is no UTF-8. */
function extensionOf(name: Uint8Array | undefined): string | undefined {
  const dot = name?.lastIndexOf(DOT) ?? -1;
  if (!name || dot <= 0 || dot === name.length - 1) return undefined;
  try {
    const extension = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(name.slice(dot + 1));
    return extension.replace(/[A-Z]/g, (upper) => upper.toLowerCase());
  } catch {
    return undefined;
  }
}
