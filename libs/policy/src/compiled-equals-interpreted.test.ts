import { describe, expect, it } from 'vitest';
import { ACTION, decisionAction, decisionRule, MAY } from './actions.ts';
import { compilePolicy, type CompileContext } from './compile.ts';
import { decided, seededRandom, unpacked, walk } from './fixture.ts';
import { PolicyImage } from './image.ts';
import { interpret, type Question } from './interpret.ts';
import { parsePolicy } from './language.ts';
import type { Policy } from './policy.ts';
import {
  CONTEXTS,
  randomPath,
  randomPolicy,
  randomQuestion,
  randomSize,
  type Random,
} from './random-policy.fixture.ts';
import { utf8 } from './utf8.ts';

/** SLUICE_TEST_SEED repeats a run; the seed of a failure is in its message. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);
/** SLUICE_TEST_DECISIONS makes a run longer. */
const DECISIONS = Number(process.env['SLUICE_TEST_DECISIONS'] ?? 50_000);
const PER_POLICY = 100;

const MAY_OF: Readonly<Record<number, number>> = {
  [ACTION.hide]: MAY.hide,
  [ACTION.redact]: MAY.redact,
  [ACTION.deny]: MAY.deny,
  [ACTION.tree]: MAY.tree,
};

type Asked = Question & { readonly path: Uint8Array };

interface Compiled {
  readonly text: string;
  readonly policy: Policy;
  readonly context: CompileContext;
  readonly image: PolicyImage;
  /** Rules that the compiler says are never reached, by index + 1. */
  readonly unreached: ReadonlySet<number>;
}

/** The next random policy that parses and fits into the limits. */
function nextPolicy(random: Random): Compiled | undefined {
  const text = randomPolicy(random);
  const context = CONTEXTS[Math.floor(random() * CONTEXTS.length)] as CompileContext;
  const { policy } = parsePolicy(text);
  if (!policy) return undefined;
  const { image, diagnostics } = compilePolicy(policy, context);
  if (!image) {
    expect(diagnostics[0]?.message, `seed ${String(SEED)}: ${text}`).toMatch(
      /more than \d+ st|larger than \d+ bytes/,
    );
    return undefined;
  }
  const unreached = new Set<number>();
  for (const { severity, message } of diagnostics) {
    expect(severity, message).toBe('warning');
    const id = /^rule "(rule-\d+)" is never reached/.exec(message)?.[1];
    if (id !== undefined) unreached.add(policy.rules.findIndex((rule) => rule.id === id) + 1);
  }
  return { text, policy, context, image: new PolicyImage(image.buffer as ArrayBuffer, 0), unreached };
}

/** MAY bits of the caller, and of every state on the way to a path, of what was decided at its end. */
function checkMay({ image }: Compiled, { path, type, uid, gid }: Asked, decision: number, of: string): void {
  const bit = MAY_OF[decisionAction(decision)] ?? 0;
  if (bit === 0) return;
  expect(image.mayConcern(image.callerClass(uid, gid)) & bit, `${of}: mayConcern`).toBe(bit);
  expect(image.may(walk(image, path), type) & bit, `${of}: may`).toBe(bit);
  if (path.length === 0) return;
  expect(image.mayBeneath(image.rootState) & bit, `${of}: mayBeneath the root`).toBe(bit);
  for (let end = path.indexOf(0x2f); end >= 0; end = path.indexOf(0x2f, end + 1)) {
    expect(
      image.mayBeneath(walk(image, path.subarray(0, end))) & bit,
      `${of}: mayBeneath ${String(end)}`,
    ).toBe(bit);
  }
}

const BENEATH = utf8('b/x.a');

/** What is decided beneath a state is decided beneath those that are the same place. */
function checkBeneath(
  image: PolicyImage,
  others: number[],
  state: number,
  asked: Question,
  of: string,
): void {
  const caller = image.callerClass(asked.uid, asked.gid);
  const beneath = (from: number): number => {
    const end = image.step(image.step(from, BENEATH, 0, 1), BENEATH, 2, BENEATH.length);
    return image.decide(end, caller, asked.type, asked.asked, asked.size);
  };
  const same = others.find((other) => other !== state && image.samePath(other, state));
  if (!image.samePath(state, state)) expect.fail(`${of}: a place that is not the same as itself`);
  if (same !== undefined && beneath(same) !== beneath(state))
    expect.fail(`${of}: samePath, decided otherwise`);
}

describe('a compiled policy', () => {
  const timeout = Math.max(60_000, DECISIONS);
  it(`decides as the interpreter does (seed ${String(SEED)})`, { timeout }, () => {
    const random = seededRandom(SEED);
    let decisions = 0;
    let byRule = 0;
    let texts = 0;
    const actions = new Set<number>();
    while (decisions < DECISIONS) {
      texts++;
      const compiled = nextPolicy(random);
      if (!compiled) continue;
      const { text, policy, context, image } = compiled;
      const states: number[] = [];
      for (let i = 0; i < PER_POLICY; i++) {
        const path = randomPath(random);
        const question = randomQuestion(random, path);
        const expected = interpret(policy, context, question);
        const found = decided(image, question);
        if (found !== expected) {
          const { uid, gid, type, asked, size } = question;
          const on = JSON.stringify({
            path: new TextDecoder().decode(path),
            bytes: path.join(),
            uid,
            gid,
            type,
            asked,
            size,
          });
          const folds = JSON.stringify(context.foldNames);
          expect(unpacked(found), `seed ${String(SEED)}: ${text} folding ${folds} on ${on}`).toEqual(
            unpacked(expected),
          );
        }
        const rule = decisionRule(expected);
        const of = `seed ${String(SEED)}: ${text} on ${path.join()}`;
        if (compiled.unreached.has(rule))
          expect.fail(`${of}: rule ${String(rule)} was said to be never reached`);
        checkMay(compiled, { ...question, path }, found, of);
        const state = walk(image, path);
        const caller = image.callerClass(question.uid, question.gid);
        if (!image.dependsOnSize(state, caller, question.type, question.asked)) {
          const elsewhere = image.decide(state, caller, question.type, question.asked, randomSize(random));
          if (elsewhere !== found) expect.fail(`${of}: said not to depend on size`);
        }
        checkBeneath(image, states, state, question, of);
        states.push(state);
        decisions++;
        if (rule > 0) byRule++;
        actions.add(decisionAction(expected));
      }
      for (let one = 0; one < image.classes; one++) {
        const again = image.callerClass(image.classUid(one), image.classGid(one));
        expect(again, `seed ${String(SEED)}: ${text}: the sample of a caller class`).toBe(one);
      }
    }
    // The property means little where nothing matches: most policies have to be sound, and many decisions a rule's.
    expect(texts).toBeLessThan((decisions / PER_POLICY) * 2);
    expect(byRule).toBeGreaterThan(decisions / 4);
    expect(byRule).toBeLessThan(decisions);
    if (decisions >= 10_000) expect(actions.size).toBe(Object.keys(ACTION).length);
  });
});
