/**
 * The naive reading of a policy: rules one after the other, globs by backtracking over the path. It shares no code with
 * the compiler beyond the parser, and is what the compiled form is tested against.
 */
import { ACCESS, ACCESS_ANY, ACTION, AUTO_LARGE_BYTES, packDecision, REASON } from './actions.ts';
import type { GlobToken } from './glob.ts';
import type { Policy } from './policy.ts';
import { INVALID_UNIT, utf8 } from './utf8.ts';

/**
 * The packed decision about an open, as `PolicyImage.decide` gives it.
 * @param path relative to the volume root; empty components are passed over
 * @param access ACCESS bits
 * @param size bytes
 */
export function interpret(
  policy: Policy,
  path: string | Uint8Array,
  access: number,
  size: number,
  registered: boolean,
): number {
  const units = pathUnits(typeof path === 'string' ? utf8(path) : path);
  let action = policy.default;
  let reason: number = REASON.default;
  let number = 0;
  for (const [index, rule] of policy.rules.entries()) {
    if (rule.access !== ACCESS_ANY && (rule.access & access) === 0) continue;
    if (size < rule.minSize || size >= rule.maxSize) continue;
    if (rule.globs.length > 0 && !rule.globs.some((glob) => matches(glob.tokens, units))) continue;
    action = rule.action;
    reason = REASON.rule;
    number = index + 1;
    break;
  }
  if (action !== 'auto') return packDecision(ACTION[action], reason, number);
  if (registered) return packDecision(ACTION.passthrough, REASON['auto-registered'], number);
  const large = size >= AUTO_LARGE_BYTES || (access & ACCESS.write) !== 0;
  return large
    ? packDecision(ACTION.passthrough, REASON['auto-large'], number)
    : packDecision(ACTION.cached, REASON['auto-small'], number);
}

const SLASH = 0x2f;

/** The characters of a path, each component ended by a slash. */
function pathUnits(path: Uint8Array): number[] {
  const units: number[] = [];
  for (let at = 0; at < path.length;) {
    const ascii = (path[at] ?? 0) < 0x80;
    let length = ascii ? 1 : 4;
    let unit = INVALID_UNIT;
    for (; length > 0; length--) {
      const text = decode(path.slice(at, at + length));
      if (text !== undefined && [...text].length === 1) {
        unit = text.codePointAt(0) ?? 0;
        length = utf8(text).length;
        break;
      }
    }
    if (unit !== SLASH || (units.length > 0 && units.at(-1) !== SLASH)) units.push(unit);
    at += Math.max(1, length);
  }
  if (units.length > 0 && units.at(-1) !== SLASH) units.push(SLASH);
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

const graphs = new WeakMap<readonly GlobToken[], Step>();

/** As in the path, the last component of the glob is ended by a slash: so `**` always has one after it. */
function graphOf(tokens: readonly GlobToken[]): Step {
  let graph = graphs.get(tokens);
  if (!graph) {
    let count = 0;
    const id = (): number => count++;
    graph = link(tokens, { op: 'slash', next: { op: 'end', id: id() }, id: id() }, id);
    graphs.set(tokens, graph);
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
function matches(tokens: readonly GlobToken[], units: readonly number[]): boolean {
  const tried = new Set<number>();
  /** `passed`: the slash after a `**` was taken with the components before it. */
  const open: { step: Step; at: number; passed: boolean }[] = [
    { step: graphOf(tokens), at: 0, passed: false },
  ];
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
