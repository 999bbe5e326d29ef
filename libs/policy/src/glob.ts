/**
 * Globs as syntax. A glob is read into tokens that keep their braces; the compiler multiplies the braces out, the
 * interpreter walks them as they are, and so each checks the other.
 *
 * Two consecutive `*` are one `**` token wherever they stand. Two single `*` that meet only because braces join them
 * (`{a,*}*`) stay two, which means the same as one.
 */
import { quote } from './diagnostics.ts';
import { componentFault } from './glob-components.ts';
import { LIMITS } from './limits.ts';
import { textFault, utf8Length } from './utf8.ts';

/** Inclusive ranges of code points. */
export type CodeRanges = readonly (readonly [number, number])[];

/** `at` is the token's place in the glob's text, in UTF-16 code units. */
export type GlobToken =
  | { readonly kind: 'literal'; readonly at: number; readonly code: number }
  | { readonly kind: 'class'; readonly at: number; readonly negated: boolean; readonly ranges: CodeRanges }
  | { readonly kind: 'choice'; readonly at: number; readonly alternatives: readonly (readonly GlobToken[])[] }
  | { readonly kind: 'one' | 'star' | 'globstar' | 'slash'; readonly at: number };

export interface GlobFault {
  /** UTF-16 code units into the glob. */
  readonly at: number;
  readonly message: string;
}

export type ParsedGlob =
  | { readonly tokens: readonly GlobToken[]; readonly fault?: never }
  | { readonly tokens?: never; readonly fault: GlobFault };

class GlobSyntaxError extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** Reads one glob; a fault says where and what would be right. */
export function parseGlob(text: string): ParsedGlob {
  if (text === '')
    return { fault: { at: 0, message: "an empty glob matches nothing; write '**' for every file" } };
  if (text.length > LIMITS.globBytes || utf8Length(text) > LIMITS.globBytes) {
    const message = `the glob is longer than ${String(LIMITS.globBytes)} bytes; split it into several`;
    return { fault: { at: 0, message } };
  }
  const unfit = textFault(text);
  if (unfit) return { fault: unfit };
  try {
    const tokens = new GlobReader(text).read();
    const fault = componentFault(tokens, text.length) ?? expansionFault(tokens);
    return fault ? { fault } : { tokens };
  } catch (error) {
    if (error instanceof GlobSyntaxError) return { fault: { at: error.at, message: error.message } };
    throw error;
  }
}

class GlobReader {
  readonly #text: string;
  #at = 0;

  constructor(text: string) {
    this.#text = text;
  }

  read(): GlobToken[] {
    const tokens = this.#sequence(0);
    if (this.#at < this.#text.length)
      throw new GlobSyntaxError(this.#at, 'a } without its {; write \\} for the character');
    return tokens;
  }

  /** Up to the end, or up to the `,` or `}` that ends an alternative where `depth` > 0. */
  #sequence(depth: number): GlobToken[] {
    const tokens: GlobToken[] = [];
    while (this.#at < this.#text.length) {
      const at = this.#at;
      const char = this.#text[at];
      if (char === '}' || (char === ',' && depth > 0)) break;
      switch (char) {
        case '/':
          this.#at++;
          tokens.push({ kind: 'slash', at });
          break;
        case '?':
          this.#at++;
          tokens.push({ kind: 'one', at });
          break;
        case '*':
          tokens.push(this.#stars());
          break;
        case '[':
          tokens.push(this.#class());
          break;
        case '{':
          tokens.push(this.#choice(depth + 1));
          break;
        default:
          tokens.push({ kind: 'literal', at, code: this.#literal() });
      }
    }
    return tokens;
  }

  #stars(): GlobToken {
    const at = this.#at;
    while (this.#text[this.#at] === '*') this.#at++;
    const count = this.#at - at;
    if (count > 2)
      throw new GlobSyntaxError(
        at,
        'three or more *; write * within a component or ** for any number of them',
      );
    return { kind: count === 2 ? 'globstar' : 'star', at };
  }

  #choice(depth: number): GlobToken {
    const at = this.#at;
    if (depth > LIMITS.braceDepth) {
      throw new GlobSyntaxError(
        at,
        `braces nested more than ${String(LIMITS.braceDepth)} deep; write several globs`,
      );
    }
    this.#at++;
    const alternatives: GlobToken[][] = [];
    for (;;) {
      alternatives.push(this.#sequence(depth));
      const char = this.#text[this.#at];
      if (char === undefined) throw new GlobSyntaxError(at, 'a { without its }; write \\{ for the character');
      this.#at++;
      if (char === '}') break;
    }
    if (alternatives.length === 1 && alternatives[0]?.length === 0) {
      throw new GlobSyntaxError(at, 'empty braces; write {a,b} with what to choose from');
    }
    return { kind: 'choice', at, alternatives };
  }

  #class(): GlobToken {
    const at = this.#at++;
    const negated = this.#text[this.#at] === '!';
    if (negated) this.#at++;
    else if (this.#text[this.#at] === '^') {
      throw new GlobSyntaxError(
        this.#at,
        'a class is negated by !: write [!...], or [\\^...] for the character',
      );
    }
    const ranges: [number, number][] = [];
    while (this.#text[this.#at] !== ']') {
      const start = this.#at;
      const low = this.#classMember(at);
      let high = low;
      if (this.#text[this.#at] === '-' && this.#text[this.#at + 1] !== ']') {
        this.#at++;
        high = this.#classMember(at);
      }
      if (high < low) {
        const range = this.#text.slice(start, this.#at);
        throw new GlobSyntaxError(
          start,
          `the range ${quote(range)} runs backwards; write the lower character first`,
        );
      }
      ranges.push([low, high]);
    }
    this.#at++;
    if (ranges.length === 0)
      throw new GlobSyntaxError(at, 'an empty class; write [abc], or \\[ for the character');
    const only = ranges[0];
    if (!negated && ranges.length === 1 && only && only[0] === only[1])
      return { kind: 'literal', at, code: only[0] };
    return { kind: 'class', at, negated, ranges };
  }

  #classMember(open: number): number {
    const at = this.#at;
    const char = this.#text[at];
    if (char === undefined) throw new GlobSyntaxError(open, 'a [ without its ]; write \\[ for the character');
    if (char === '[') throw new GlobSyntaxError(at, 'a [ inside a class; write \\[ for the character');
    const code = this.#literal();
    if (code === SLASH) throw new GlobSyntaxError(at, 'a / inside a class; names have none: remove it');
    return code;
  }

  /** One code point, perhaps escaped. */
  #literal(): number {
    const at = this.#at;
    let code = this.#text.codePointAt(this.#at) ?? 0;
    if (code === BACKSLASH) {
      this.#at++;
      const escaped = this.#text.codePointAt(this.#at);
      if (escaped === undefined)
        throw new GlobSyntaxError(at, 'a \\ at the end escapes nothing; write \\\\ for the character');
      if (escaped === SLASH) throw new GlobSyntaxError(at, 'an escaped /; names have none: write / alone');
      code = escaped;
    }
    this.#at += code > 0xffff ? 2 : 1;
    return code;
  }
}

const SLASH = 0x2f;
const BACKSLASH = 0x5c;

/** How many plain patterns the braces stand for, and how many tokens these have; counted without writing them out. */
export function expansionSize(tokens: readonly GlobToken[]): { readings: number; tokens: number } {
  let size = { readings: 1, tokens: 0 };
  for (const token of tokens) {
    if (token.kind !== 'choice') {
      size.tokens += size.readings;
      continue;
    }
    const choice = { readings: 0, tokens: 0 };
    for (const alternative of token.alternatives) {
      const way = expansionSize(alternative);
      choice.readings += way.readings;
      choice.tokens += way.tokens;
    }
    size = {
      readings: size.readings * choice.readings,
      tokens: size.tokens * choice.readings + choice.tokens * size.readings,
    };
  }
  return size;
}

function expansionFault(tokens: readonly GlobToken[]): GlobFault | undefined {
  if (expansionSize(tokens).readings <= LIMITS.globExpansions) return undefined;
  const first = tokens.find((token) => token.kind === 'choice');
  const limit = String(LIMITS.globExpansions);
  return {
    at: first?.at ?? 0,
    message: `the braces stand for more than ${limit} patterns; use wildcards or several rules`,
  };
}
