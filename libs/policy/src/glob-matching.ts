/** Globs by backtracking over a path: the naive reading of `glob.ts`, braces walked as they are. */
import { canonicalName, foldedText, isTail, singleFoldings } from './canonical.ts';
import type { CodeRanges, GlobToken } from './glob.ts';
import { INVALID_UNIT, utf8 } from './utf8.ts';

const SLASH = 0x2f;

/** The characters of a path, each component ended by a slash. */
export function pathUnits(components: readonly Uint8Array[]): number[] {
  return components.flatMap((name) => [...nameUnits(name), SLASH]);
}

function nameUnits(name: Uint8Array): number[] {
  const units: number[] = [];
  for (let at = 0; at < name.length;) {
    let length = (name[at] ?? 0) < 0x80 ? 1 : 4;
    let unit = INVALID_UNIT;
    for (; length > 0; length--) {
      const text = decode(name.slice(at, at + length));
      if (text !== undefined && [...text].length === 1) {
        unit = text.codePointAt(0) ?? 0;
        length = utf8(text).length;
        break;
      }
    }
    units.push(unit);
    at += Math.max(1, length);
  }
  return units;
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function decode(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes);
  } catch {
    return undefined;
  }
}

export interface GlobReading {
  /** Names are brought to one case: the units have been already. */
  readonly folds: boolean;
  /** What lies beneath is matched as well: `/**` follows. */
  readonly beneath: boolean;
}

/** Whether a glob matches all of a path. */
export function globMatches(
  tokens: readonly GlobToken[],
  units: readonly number[],
  reading: GlobReading,
): boolean {
  return matches(graphOf(tokens, reading), units);
}

/** A glob as a graph: what to match, and where to go on. */
type Step =
  | {
      readonly op: 'unit';
      readonly fits: (unit: number) => boolean;
      readonly next: Step;
      readonly id: number;
    }
  | { readonly op: 'split'; readonly ways: readonly Step[]; readonly id: number }
  | { readonly op: 'slash' | 'star' | 'globstar'; readonly next: Step; readonly id: number }
  | { readonly op: 'end'; readonly id: number };

const graphs = [0, 1, 2, 3].map(() => new WeakMap<readonly GlobToken[], Step>());

/** As in the path, the last component of the glob is ended by a slash: so `**` always has one after it. */
function graphOf(tokens: readonly GlobToken[], { folds, beneath }: GlobReading): Step {
  const known = graphs[(folds ? 1 : 0) + (beneath ? 2 : 0)] as WeakMap<readonly GlobToken[], Step>;
  let graph = known.get(tokens);
  if (!graph) {
    let count = 0;
    const id = (): number => count++;
    const end: Step = { op: 'end', id: id() };
    const after: Step = beneath
      ? { op: 'globstar', next: { op: 'slash', next: end, id: id() }, id: id() }
      : end;
    const start: Step = { op: 'slash', next: after, id: id() };
    graph = folds
      ? { op: 'split', ways: readings(tokens).map((way) => link(folded(way), start, id)), id: id() }
      : link(tokens, start, id);
    known.set(tokens, graph);
  }
  return graph;
}

function link(tokens: readonly GlobToken[], after: Step, id: () => number): Step {
  let next = after;
  for (const token of [...tokens].reverse()) {
    switch (token.kind) {
      case 'literal':
        next = { op: 'unit', fits: (unit) => unit === token.code, next, id: id() };
        break;
      case 'class': {
        const within = (unit: number): boolean =>
          token.ranges.some(([low, high]) => unit >= low && unit <= high);
        next = { op: 'unit', fits: (unit) => within(unit) !== token.negated, next, id: id() };
        break;
      }
      case 'one':
        next = { op: 'unit', fits: () => true, next, id: id() };
        break;
      case 'choice': {
        const then = next;
        next = { op: 'split', ways: token.alternatives.map((way) => link(way, then, id)), id: id() };
        break;
      }
      default:
        next = { op: token.kind, next, id: id() };
    }
  }
  return next;
}

/** Backtracks over the graph; a place tried once is not tried again. */
function matches(start: Step, units: readonly number[]): boolean {
  const tried = new Set<number>();
  /** `passed`: the slash after a `**` was taken with the components before it. */
  const open: { step: Step; at: number; passed: boolean }[] = [{ step: start, at: 0, passed: false }];
  for (let place = open.pop(); place; place = open.pop()) {
    const { step, at, passed } = place;
    const key = (step.id * (units.length + 1) + at) * 2 + (passed ? 1 : 0);
    if (tried.has(key)) continue;
    tried.add(key);
    const unit = units[at];
    switch (step.op) {
      case 'end':
        if (at === units.length) return true;
        break;
      case 'split':
        for (const way of step.ways) open.push({ step: way, at, passed });
        break;
      case 'slash':
        if (passed) open.push({ step: step.next, at, passed: false });
        else if (unit === SLASH) open.push({ step: step.next, at: at + 1, passed: false });
        break;
      case 'unit':
        if (unit !== undefined && unit !== SLASH && step.fits(unit))
          open.push({ step: step.next, at: at + 1, passed });
        break;
      case 'star':
        open.push({ step: step.next, at, passed });
        if (unit !== undefined && unit !== SLASH) open.push({ step, at: at + 1, passed });
        break;
      case 'globstar': {
        open.push({ step: step.next, at, passed: true });
        const end = units.indexOf(SLASH, at);
        if (end >= 0) open.push({ step, at: end + 1, passed });
        break;
      }
    }
  }
  return false;
}

/** All ways through the braces. */
function readings(tokens: readonly GlobToken[]): GlobToken[][] {
  let ways: GlobToken[][] = [[]];
  for (const token of tokens) {
    const next = token.kind === 'choice' ? token.alternatives.flatMap(readings) : [[token]];
    ways = ways.flatMap((way) => next.map((more) => [...way, ...more]));
  }
  return ways;
}

/** A glob without braces, brought to the form that names are compared in, component by component. */
function folded(tokens: readonly GlobToken[]): GlobToken[] {
  const all: GlobToken[] = [];
  let component: GlobToken[] = [];
  for (const token of tokens) {
    if (token.kind !== 'slash') component.push(token);
    else {
      all.push(...foldedComponent(component), token);
      component = [];
    }
  }
  return [...all, ...foldedComponent(component)];
}

function foldedComponent(tokens: readonly GlobToken[]): GlobToken[] {
  const whole = tokens.every((token) => token.kind === 'literal');
  const out: GlobToken[] = [];
  let text = '';
  const flush = (): void => {
    const form = whole ? canonicalName(text) : foldedText(text);
    for (const char of form) out.push({ kind: 'literal', at: 0, code: char.codePointAt(0) ?? 0 });
    text = '';
  };
  for (const token of tokens) {
    if (token.kind === 'literal') text += String.fromCodePoint(token.code);
    else {
      flush();
      out.push(token.kind === 'class' ? { ...token, ranges: withForms(token.ranges) } : token);
    }
  }
  flush();
  for (let last = out.at(-1); !whole && last?.kind === 'literal' && isTail(last.code); last = out.at(-1))
    out.pop();
  return out;
}

function withForms(ranges: CodeRanges): CodeRanges {
  const forms = singleFoldings().filter(([code]) =>
    ranges.some(([low, high]) => code >= low && code <= high),
  );
  return [...ranges, ...forms.map(([, form]) => [form, form] as const)];
}
