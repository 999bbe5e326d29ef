/** What a glob says component by component: whether every reading of its braces makes sense, and those readings. */
import { canonicalName, foldedText, isTail, singleFoldings } from './canonical.ts';
import type { CodeRanges, GlobFault, GlobToken } from './glob.ts';
import { INVALID_UNIT } from './utf8.ts';

/** What the component under the cursor holds so far, in one reading of the braces. */
const SHAPE = { empty: 1, dot: 2, dots: 4, globstar: 8, name: 16 } as const;
const DOT = 0x2e;

class ComponentFault extends Error {
  readonly at: number;
  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/**
 * Checks all readings at once: a set of shapes is carried through the tokens, and braces unite the sets of their
 * alternatives. Which alternative is taken is free at each brace, so the united set is exact and the cost linear.
 */
export function componentFault(tokens: readonly GlobToken[], length: number): GlobFault | undefined {
  try {
    checkEnd(follow(tokens, SHAPE.empty), length, true);
    return undefined;
  } catch (error) {
    if (error instanceof ComponentFault) return { at: error.at, message: error.message };
    throw error;
  }
}

function follow(tokens: readonly GlobToken[], shapes: number): number {
  for (const token of tokens) {
    if (token.kind === 'choice') {
      let united = 0;
      for (const alternative of token.alternatives) united |= follow(alternative, shapes);
      shapes = united;
    } else if (token.kind === 'slash') {
      checkEnd(shapes, token.at, false);
      shapes = SHAPE.empty;
    } else if (token.kind === 'globstar') {
      if (shapes !== SHAPE.empty) throw new ComponentFault(token.at, GLOBSTAR_ALONE);
      shapes = SHAPE.globstar;
    } else {
      if (shapes & SHAPE.globstar) throw new ComponentFault(token.at, GLOBSTAR_ALONE);
      const dot = token.kind === 'literal' && token.code === DOT;
      let next = 0;
      if (shapes & SHAPE.empty) next |= dot ? SHAPE.dot : SHAPE.name;
      if (shapes & SHAPE.dot) next |= dot ? SHAPE.dots : SHAPE.name;
      if (shapes & (SHAPE.dots | SHAPE.name)) next |= SHAPE.name;
      shapes = next;
    }
  }
  return shapes;
}

const GLOBSTAR_ALONE = '** stands for whole components and needs / on both sides; write * within a component';

function checkEnd(shapes: number, at: number, last: boolean): void {
  if (shapes & SHAPE.empty) {
    const message = last
      ? 'nothing stands after the last /; add a name, or ** for all beneath'
      : 'nothing stands before this /; globs start at the volume root without one and have one / between components';
    throw new ComponentFault(Math.max(0, last ? at - 1 : at), message);
  }
  if (shapes & (SHAPE.dot | SHAPE.dots)) {
    throw new ComponentFault(
      Math.max(0, at - 1),
      'a component . or .. names no file; write the path without it',
    );
  }
}

/** What a character of a name has to be. Ranges are normalised: sorted, apart, within the units of `utf8.ts`. */
export type NameToken =
  | { readonly kind: 'literal'; readonly code: number }
  | { readonly kind: 'class'; readonly ranges: CodeRanges; readonly key: string }
  | { readonly kind: 'one' | 'star' };

export type Component =
  | { readonly kind: 'globstar' }
  | { readonly kind: 'literal'; readonly name: string }
  /** Any of the alternatives; `key` is equal for components that are the same. */
  | { readonly kind: 'wild'; readonly key: string; readonly alternatives: readonly (readonly NameToken[])[] };

/** A glob without braces: its components, no two `**` in a row. */
export type PlainPattern = readonly Component[];

/**
 * All readings of the braces; the caller has checked their number. Wildcard readings of one component stay together as
 * alternatives: which of them matched makes no difference, and an automaton that need not tell is smaller by far.
 * With `foldNames` each reading is brought to the form of `canonical.ts`.
 */
export function expandGlob(tokens: readonly GlobToken[], foldNames: boolean): PlainPattern[] {
  return multiply(tokens, spansComponents).flatMap((reading) => split(reading, foldNames));
}

function spansComponents(token: GlobToken): boolean {
  if (token.kind === 'choice')
    return token.alternatives.some((alternative) => alternative.some(spansComponents));
  return token.kind === 'slash' || token.kind === 'globstar';
}

/** All readings of the choices that `chosen` selects. */
function multiply(tokens: readonly GlobToken[], chosen: (token: GlobToken) => boolean): GlobToken[][] {
  let readings: GlobToken[][] = [[]];
  for (const token of tokens) {
    if (token.kind === 'choice' && chosen(token)) {
      const choices = token.alternatives.flatMap((alternative) => multiply(alternative, chosen));
      readings = readings.flatMap((reading) => choices.map((choice) => [...reading, ...choice]));
    } else {
      for (const reading of readings) reading.push(token);
    }
  }
  return readings;
}

function split(tokens: readonly GlobToken[], foldNames: boolean): PlainPattern[] {
  let patterns: Component[][] = [[]];
  let start = 0;
  for (let i = 0; i <= tokens.length; i++) {
    if (i < tokens.length && tokens[i]?.kind !== 'slash') continue;
    const parts = components(tokens.slice(start, i), foldNames);
    start = i + 1;
    if (parts[0]?.kind === 'globstar') {
      for (const pattern of patterns) if (pattern.at(-1)?.kind !== 'globstar') pattern.push(parts[0]);
    } else patterns = patterns.flatMap((pattern) => parts.map((part) => [...pattern, part]));
  }
  return patterns;
}

/** The literal readings of one component, and its wildcard readings as one. */
function components(tokens: readonly GlobToken[], foldNames: boolean): Component[] {
  if (tokens[0]?.kind === 'globstar') return [{ kind: 'globstar' }];
  const names = new Set<string>();
  const wild = new Map<string, NameToken[]>();
  for (const reading of multiply(tokens, () => true)) {
    const codes: number[] = [];
    for (const token of reading) if (token.kind === 'literal') codes.push(token.code);
    if (codes.length === reading.length) {
      const name = codes.map((code) => String.fromCodePoint(code)).join('');
      names.add(foldNames ? canonicalName(name) : name);
    } else {
      const name = foldNames ? foldedTokens(nameTokens(reading, true)) : nameTokens(reading, false);
      wild.set(name.map(tokenKey).join(' '), name);
    }
  }
  const parts: Component[] = [...names].map((name) => ({ kind: 'literal', name }));
  if (wild.size > 0) {
    parts.push({ kind: 'wild', key: [...wild.keys()].sort().join(), alternatives: [...wild.values()] });
  }
  return parts;
}

function nameTokens(tokens: readonly GlobToken[], foldNames: boolean): NameToken[] {
  const name: NameToken[] = [];
  for (const token of tokens) {
    if (token.kind === 'literal') name.push({ kind: 'literal', code: token.code });
    else if (token.kind === 'class') {
      const ranges = normalise(foldNames ? foldedRanges(token.ranges) : token.ranges, token.negated);
      name.push({ kind: 'class', ranges, key: ranges.map((range) => range.join('-')).join('+') });
    } else if (token.kind === 'one') name.push({ kind: 'one' });
    else if (token.kind === 'star' && name.at(-1)?.kind !== 'star') name.push({ kind: 'star' });
  }
  return name;
}

/** Literals between wildcards are brought to their form together; what the form drops at the end of a name is dropped. */
function foldedTokens(tokens: readonly NameToken[]): NameToken[] {
  const folded: NameToken[] = [];
  let text = '';
  const flush = (): void => {
    for (const char of foldedText(text)) folded.push({ kind: 'literal', code: char.codePointAt(0) ?? 0 });
    text = '';
  };
  for (const token of tokens) {
    if (token.kind === 'literal') text += String.fromCodePoint(token.code);
    else {
      flush();
      folded.push(token);
    }
  }
  flush();
  for (let last = folded.at(-1); last?.kind === 'literal' && isTail(last.code); last = folded.at(-1))
    folded.pop();
  return folded;
}

/** With the forms of those members that have a single one: names have nothing else left. */
function foldedRanges(ranges: CodeRanges): CodeRanges {
  const forms: (readonly [number, number])[] = [...ranges];
  const wide = ranges.some(([, high]) => high >= 0x80);
  for (let code = 0x41; !wide && code <= 0x5a; code++)
    if (within(ranges, code)) forms.push([code + 0x20, code + 0x20]);
  if (wide) for (const [code, form] of singleFoldings()) if (within(ranges, code)) forms.push([form, form]);
  return forms;
}

function within(ranges: CodeRanges, code: number): boolean {
  return ranges.some(([low, high]) => code >= low && code <= high);
}

function tokenKey(token: NameToken): string {
  if (token.kind === 'literal') return String(token.code);
  return token.kind === 'class' ? `[${token.key}]` : token.kind;
}

function normalise(ranges: CodeRanges, negated: boolean): CodeRanges {
  const sorted = [...ranges].sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [low, high] of sorted) {
    const last = merged.at(-1);
    if (last && low <= last[1] + 1) last[1] = Math.max(last[1], high);
    else merged.push([low, high]);
  }
  if (!negated) return merged;
  const rest: [number, number][] = [];
  let from = 0;
  for (const [low, high] of merged) {
    if (low > from) rest.push([from, low - 1]);
    from = high + 1;
  }
  rest.push([from, INVALID_UNIT]);
  return rest;
}
