import { describe, expect, it } from 'vitest';
import { ACCESS } from './actions.ts';
import { testExpectations } from './expectations.ts';
import { explainDecision, LOST_MAX } from './explain.ts';
import { asking, PLAIN, seededRandom } from './fixture.ts';
import { interpret } from './interpret.ts';
import { parsePolicy } from './language.ts';
import type { Policy } from './policy.ts';
import { CONTEXTS, randomPath, randomPolicy, randomQuestion } from './random-policy.fixture.ts';

function parsed(text: string): Policy {
  const { policy, diagnostics } = parsePolicy(text);
  if (!policy) throw new Error(diagnostics.map(({ message }) => message).join('\n'));
  return policy;
}

describe('an explanation', () => {
  const policy = parsed(`version: 1
default: cached
rules:
  - { id: path, match: { path: z }, action: direct }
  - { id: extension, match: { extension: jpg }, action: direct }
  - { id: type, match: { type: directory }, action: direct }
  - { id: caller, match: { caller: { uid: 1 } }, action: direct }
  - { id: access, match: { access: write }, action: direct }
  - { id: size, match: { size: { min: 10 } }, action: direct }
  - { id: last, match: { path: 'A/**' }, action: auto, why: because }
`);

  it('names the rule, the way and why each rule before it was not it', () => {
    const { action, rule, why, steps, lost } = explainDecision(policy, PLAIN, asking('A/b', ACCESS.read, 5));
    expect([action, rule, why]).toEqual(['auto', 'last', 'because']);
    expect(steps.map(({ component, canonical }) => [component, canonical])).toEqual([
      ['A', 'A'],
      ['b', 'b'],
    ]);
    expect(lost.map(({ rule: id, line, because }) => [id, line, because.split(':')[0]])).toEqual(
      ['path', 'extension', 'type', 'caller', 'access', 'size'].map((id, i) => [id, i + 4, id]),
    );
  });

  it('says what about the caller is not as a rule asks', () => {
    const asks = ['uid: 1', 'user: 10', 'app: 1-9', 'package: com.a', 'gid: 7', 'app: 50, package: com.a'];
    const text = asks.map((of) => `  - { match: { caller: { ${of} } }, action: direct }\n`).join('');
    const about = parsed(`version: 1\nrules:\n${text}`);
    const context = { foldNames: false, packages: new Map([['com.a', [10_051]]]) };
    const { lost } = explainDecision(about, context, asking('a', ACCESS.read, 0, { uid: 100_050, gid: 5 }));
    expect(lost.map(({ because }) => because)).toEqual(
      [
        'uid 100050',
        'user 1',
        'app 50',
        'package: app 50 is none of those',
        'gid 5',
        'package: app 50 is none of those',
      ].map((what) => `caller: it is for others (${what})`),
    );
  });

  it('says that the default decided, and what form names have', () => {
    const { rule, why, steps, lost } = explainDecision(
      policy,
      { foldNames: true },
      asking('É.', ACCESS.read, 5),
    );
    expect([rule, why]).toEqual([undefined, undefined]);
    expect(steps).toMatchObject([{ component: 'É.', canonical: 'e\u0301' }]);
    expect(lost).toHaveLength(7);
  });

  it('says which rule hides what an earlier one would open', () => {
    const hiding = parsed(`version: 1
rules:
  - { id: opens, match: { path: a, access: read, caller: { uid: 0-9 } }, action: direct }
  - { id: hides, match: { path: a, caller: { uid: 5-9 } }, action: hide }
`);
    const { rule, lost } = explainDecision(hiding, PLAIN, asking('a', ACCESS.read, 0, { uid: 7 }));
    expect(rule).toBe('hides');
    expect(lost).toMatchObject([
      { rule: 'opens', because: 'hide: "hides" decides about the name, whatever is asked' },
    ]);
    const name = explainDecision(hiding, PLAIN, asking('a', 0));
    expect(name.lost[0]?.because).toMatch(/^name: /);
  });

  it('is bounded', () => {
    const rules = Array.from({ length: 500 }, (_, i) => ({
      match: { path: `x${String(i)}` },
      action: 'direct',
    }));
    const { lost } = explainDecision(parsed(JSON.stringify({ version: 1, rules })), PLAIN, asking('a', 1));
    expect(lost).toHaveLength(LOST_MAX);
  });

  it('decides as the interpreter does', () => {
    const random = seededRandom(11);
    for (let round = 0; round < 60; round++) {
      const { policy: any } = parsePolicy(randomPolicy(random));
      if (!any) continue;
      for (const context of CONTEXTS) {
        const question = randomQuestion(random, randomPath(random));
        const { decision, lost } = explainDecision(any, context, question);
        expect(decision).toBe(interpret(any, context, question));
        for (const { because } of lost) expect(because).not.toBe('a later rule decides');
      }
    }
  });
});

describe('expectations', () => {
  const context = { foldNames: false, packages: new Map([['com.a', [10_050]]]) };
  const test = (expectation: string): string[] =>
    testExpectations(
      parsed(`version: 1
default: cached
rules:
  - { id: denied, match: { path: a, caller: { package: com.a } }, action: deny(EROFS) }
expect:
  - ${expectation}
`),
      context,
    ).failed.map(({ line, message }) => `${String(line)}: ${message}`);

  it('pass where the policy answers so', () => {
    for (const good of [
      '{ path: a, action: cached }',
      '{ path: a, package: com.a, action: deny }',
      '{ path: a/b, package: com.a, uid: 1010050, action: deny(EROFS), rule: denied }',
      '{ path: a, uid: 10051, action: cached, rule: default }',
    ])
      expect(test(good), good).toEqual([]);
  });

  it('fail with the place, the answer and the reason', () => {
    expect(test('{ path: a, package: com.a, action: deny(EPERM), why: asked for }')).toEqual([
      '6: "a": expected deny with errno 1, but "denied" decides deny with errno 30 (asked for)',
    ]);
    expect(test('{ path: a, action: cached, rule: denied }')[0]).toMatch(
      /expected cached by "denied", but "default" decides cached/,
    );
    expect(test('{ path: a, package: com.b, action: deny }')[0]).toMatch(
      /the package "com.b" is not installed/,
    );
    expect(test('{ path: a, package: com.a, uid: 5, action: deny }')[0]).toMatch(
      /the uid 5 is not of the package/,
    );
  });
});
