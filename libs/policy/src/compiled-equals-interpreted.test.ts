import { describe, expect, it } from 'vitest';
import { compilePolicy } from './compile.ts';
import { seededRandom, unpacked, walk } from './fixture.ts';
import { PolicyImage } from './image.ts';
import { interpret } from './interpret.ts';
import { parsePolicy } from './language.ts';
import { randomPath, randomPolicy, randomSize } from './random-policy.fixture.ts';

/** SLUICE_TEST_SEED repeats a run; the seed of a failure is in its message. */
const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);

describe('a compiled policy', () => {
  it(`decides as the interpreter does (seed ${String(SEED)})`, () => {
    const random = seededRandom(SEED);
    let policies = 0;
    let byRule = 0;
    let decisions = 0;
    for (let round = 0; round < 600; round++) {
      const text = randomPolicy(random);
      const { policy } = parsePolicy(text);
      if (!policy) continue;
      const { image: bytes, diagnostics } = compilePolicy(policy);
      if (!bytes) {
        expect(diagnostics[0]?.message, `seed ${String(SEED)}: ${text}`).toMatch(
          /more than \d+ st|larger than \d+ bytes/,
        );
        continue;
      }
      policies++;
      const image = new PolicyImage(bytes.buffer as ArrayBuffer, 0);
      const reached = new Set<number>();
      for (let i = 0; i < 50; i++) {
        const path = randomPath(random);
        const state = walk(image, path);
        const size = randomSize(random);
        const access = Math.floor(random() * 4);
        const registered = random() < 0.2;
        const expected = interpret(policy, path, access, size, registered);
        const decided = image.decide(state, access, size, registered);
        const of = `seed ${String(SEED)}: ${text} on ${JSON.stringify(new TextDecoder().decode(path))} [${path.join()}]`;
        expect(unpacked(decided), `${of} access ${String(access)} size ${String(size)}`).toEqual(
          unpacked(expected),
        );
        if (!image.dependsOnSize(state, registered)) {
          const elsewhere = image.decide(state, access, randomSize(random), registered);
          expect(elsewhere, `${of}: said not to depend on size`).toBe(decided);
        }
        decisions++;
        const [, , rule] = unpacked(expected);
        reached.add(rule);
        if (rule > 0) byRule++;
      }
      for (const { severity, line, column, message } of diagnostics) {
        expect(severity, message).toBe('warning');
        const index = policy.rules.findIndex((rule) => rule.line === line && rule.column === column);
        expect(reached.has(index + 1), `seed ${String(SEED)}: ${text}: ${message}`).toBe(false);
      }
    }
    // The property means little where nothing matches: most policies have to be sound, and many decisions a rule's.
    expect(policies).toBeGreaterThan(400);
    expect(byRule).toBeGreaterThan(decisions / 4);
    expect(byRule).toBeLessThan(decisions);
  });
});
