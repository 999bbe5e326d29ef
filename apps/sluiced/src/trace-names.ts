/**
 * Names in a trace made unreadable: each component of a path is replaced by a keyed hash of it, so that equal names stay equal
 * and nothing else can be told. The key is random, made for one trace, and never leaves this object.
 */
import { createHmac, randomBytes } from 'node:crypto';

/** Hashes remembered; beyond, they are worked out again. */
const MOST_KNOWN = 100_000;
const HASH_CHARACTERS = 16;
/** Longer ones say too much to be kept. */
const EXTENSION_BYTES = 16;

export class TraceNames {
  readonly #key = randomBytes(32);
  readonly #known = new Map<string, string>();
  readonly #clear: ReadonlySet<string>;
  readonly #keepExtensions: boolean;

  constructor(clear: readonly string[], keepExtensions: boolean) {
    this.#clear = new Set(clear);
    this.#keepExtensions = keepExtensions;
  }

  hashed(path: string): string {
    return path === ''
      ? ''
      : path
          .split('/')
          .map((name) => this.#component(name))
          .join('/');
  }

  #component(name: string): string {
    if (this.#clear.has(name)) return name;
    const known = this.#known.get(name);
    if (known !== undefined) return known;
    const digest = createHmac('sha256', this.#key).update(name).digest('hex').slice(0, HASH_CHARACTERS);
    const hashed = digest + (this.#keepExtensions ? extensionOf(name) : '');
    if (this.#known.size >= MOST_KNOWN) this.#known.clear();
    this.#known.set(name, hashed);
    return hashed;
  }
}

/** With its dot; empty where there is none to keep. */
function extensionOf(name: string): string {
  const dot = name.lastIndexOf('.');
  const extension = dot > 0 ? name.slice(dot) : '';
  return Buffer.byteLength(extension) <= EXTENSION_BYTES + 1 && extension.length > 1 ? extension : '';
}
