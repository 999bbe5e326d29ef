/** For the tests of this package: short ways to a policy and its decisions, and chance that can be repeated. */
import { decisionAction, decisionReason, decisionRule, TYPE } from './actions.ts';
import { loadPolicy } from './compile.ts';
import { PolicyImage } from './image.ts';
import type { Question } from './interpret.ts';
import type { Policy } from './policy.ts';
import { utf8 } from './utf8.ts';

/** A policy that loads without error, and its image in memory that begins at an odd place. */
export function loaded(text: string): { policy: Policy; image: PolicyImage } {
  const { policy, image, diagnostics } = loadPolicy(text);
  if (!policy || !image) throw new Error(diagnostics.map((found) => found.message).join('\n'));
  const memory = new SharedArrayBuffer(image.length + 24);
  new Uint8Array(memory).set(image, 20);
  return { policy, image: new PolicyImage(memory, 20) };
}

/** A policy of one rule with these globs that passes through, everything else being cached. */
export function globPolicy(...globs: string[]): string {
  return JSON.stringify({
    version: 1,
    default: 'cached',
    rules: [{ match: { path: globs }, action: 'passthrough' }],
  });
}

/** The state of a path: its components stepped one by one. */
export function walk(image: PolicyImage, path: string | Uint8Array): number {
  const bytes = typeof path === 'string' ? utf8(path) : path;
  let state = image.rootState;
  let start = 0;
  for (let end = 0; end <= bytes.length; end++) {
    if (end < bytes.length && bytes[end] !== 0x2f) continue;
    state = image.step(state, bytes, start, end);
    start = end + 1;
  }
  return state;
}

/** A question about a file, from root where nothing else is said. */
export function asking(
  path: string | Uint8Array,
  asked: number,
  size = 0,
  more: Partial<Question> = {},
): Question {
  return { path, asked, size, type: TYPE.file, uid: 0, gid: 0, ...more };
}

/** What an image decides about a question. */
export function decided(image: PolicyImage, question: Question): number {
  const { path, uid, gid, type, asked, size } = question;
  return image.decide(walk(image, path), image.callerClass(uid, gid), type, asked, size);
}

/** The context of most tests: names as they are, no packages known. */
export const PLAIN = { foldNames: false };

/** A packed decision as [action, reason, rule number]. */
export function unpacked(decision: number): [number, number, number] {
  return [decisionAction(decision), decisionReason(decision), decisionRule(decision)];
}

/** mulberry32: numbers in [0, 1) that depend on the seed alone. */
export function seededRandom(seed: number): () => number {
  return () => {
    seed = (seed + 0x6d2b79f5) | 0;
    let mixed = Math.imul(seed ^ (seed >>> 15), seed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
