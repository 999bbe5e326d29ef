import { describe, expect, it } from 'vitest';
import { PolicyImage, loadPolicy } from '@sluice/policy';
import { MOST_CALLER_PAIRS, callerPairs } from './caller-pairs.ts';

function image(...rules: string[]): PolicyImage {
  const listed = rules.map(
    (caller, index) => `  - { id: r${index}, match: { caller: ${caller} }, action: direct }\n`,
  );
  const text = `version: 1\ndefault: cached\nrules:${rules.length === 0 ? ' []\n' : `\n${listed.join('')}`}`;
  const { image: compiled, diagnostics } = loadPolicy(text);
  if (compiled === undefined) throw new Error(JSON.stringify(diagnostics));
  return new PolicyImage(new Uint8Array(compiled).buffer, 0);
}

/** Pairs as what the two policies decide for their representatives. */
function keys(from: PolicyImage, to: PolicyImage): string[] {
  return callerPairs(from, to)
    .pairs.map(({ from: a, to: b }) => `${a} ${b}`)
    .sort();
}

/** The same, by asking for many uids. */
function keysByAsking(from: PolicyImage, to: PolicyImage, uids: number[], gids: number[]): string[] {
  const found = new Set<string>();
  for (const uid of uids)
    for (const gid of gids) found.add(`${from.callerClass(uid, gid)} ${to.callerClass(uid, gid)}`);
  return [...found].sort();
}

describe('pairs of caller classes', () => {
  it('are one where neither policy asks who calls', () => {
    expect(callerPairs(image(), image())).toEqual({
      pairs: [{ uid: 0, gid: 0, from: 0, to: 0 }],
      capped: false,
    });
  });

  it('are all that there are, also those that no class’s representative shows', () => {
    const uids = Array.from({ length: 400 }, (_, i) => i * 100);
    const cases: [string[], string[]][] = [
      [['{ uid: [10000-19999] }'], ['{ uid: [15000-30000] }']],
      [
        ['{ uid: [1000-1999, 5000] }', '{ uid: [3000-9000] }'],
        ['{ uid: [500-1500] }', '{ uid: [8000-20000] }'],
      ],
      [[], ['{ uid: [5000] }']],
    ];
    for (const [before, after] of cases) {
      const [from, to] = [image(...before), image(...after)];
      expect(keys(from, to)).toEqual(keysByAsking(from, to, uids, [0]));
    }
  });

  it('take groups into account', () => {
    const [from, to] = [image('{ uid: [10-20], gid: [5] }'), image('{ gid: [5-6] }')];
    const few = Array.from({ length: 30 }, (_, i) => i);
    expect(keys(from, to)).toEqual(keysByAsking(from, to, few, few));
  });

  it('are capped, and say so', () => {
    const many = Array.from({ length: 300 }, (_, i) => `{ uid: [${i * 10}] }`);
    const { pairs, capped } = callerPairs(image(...many), image());
    expect({ count: pairs.length, capped }).toEqual({ count: MOST_CALLER_PAIRS, capped: true });
  });
});
