import { describe, expect, it } from 'vitest';
import { parsePolicy } from './language.ts';
import { LIMITS } from './limits.ts';

const rule = (body: string): string => `version: 1\ndefault: cached\nrules:\n  - ${body}\n`;
const matching = (match: string): string => rule(`{ action: direct, match: ${match} }`);

describe('the limits of a text', () => {
  const errors = (text: string): string[] => parsePolicy(text).diagnostics.map((found) => found.message);
  const padded = (bytes: number): string => {
    const text = 'version: 1\ndefault: cached\n#';
    return text + 'x'.repeat(bytes - text.length);
  };

  it('hold it to 1 MiB of UTF-8', () => {
    expect(errors(padded(LIMITS.textBytes))).toEqual([]);
    expect(errors(padded(LIMITS.textBytes + 1))[0]).toMatch(/longer than 1048576 bytes/);
    expect(errors(`version: 1\ndefault: cached\n#${'é'.repeat(LIMITS.textBytes / 2)}`)[0]).toMatch(
      /longer than/,
    );
  });

  it('hold it to 10,000 rules', () => {
    const rules = (count: number): string =>
      `version: 1\ndefault: cached\nrules:\n${'  - {match: {path: a}, action: direct}\n'.repeat(count)}`;
    expect(errors(rules(LIMITS.rules))).toEqual([]);
    const { diagnostics } = parsePolicy(rules(LIMITS.rules + 1));
    expect(diagnostics).toMatchObject([{ line: LIMITS.rules + 4, column: 5 }]);
    expect(diagnostics[0]?.message).toMatch(/more than 10000 rules/);
  });

  it('hold a rule to 256 globs', () => {
    const globs = (count: number): string => matching(`{ path: [${'a,'.repeat(count)}] }`);
    expect(errors(globs(LIMITS.listEntries))).toEqual([]);
    expect(errors(globs(LIMITS.listEntries + 1))).toEqual([
      expect.stringMatching(/more than 256 entries in path/),
    ]);
  });

  it('hold names, ids and reasons to their lengths', () => {
    const named = (bytes: number): string => `version: 1\ndefault: cached\nname: ${'n'.repeat(bytes)}`;
    expect(errors(named(LIMITS.nameBytes))).toEqual([]);
    expect(errors(named(LIMITS.nameBytes + 1))[0]).toMatch(/longer than 128 bytes/);
    const reasoned = (bytes: number): string =>
      rule(`{ match: {path: a}, action: auto, why: ${'w'.repeat(bytes)} }`);
    expect(errors(reasoned(LIMITS.whyBytes))).toEqual([]);
    expect(errors(reasoned(LIMITS.whyBytes + 1))[0]).toMatch(/longer than 1024 bytes/);
  });

  it('hold nesting to 16, in flow and in block style', () => {
    const flow = (depth: number): string =>
      `version: 1\ndefault: cached\nx: ${'['.repeat(depth)}${']'.repeat(depth)}`;
    expect(errors(flow(LIMITS.nesting - 1))[0]).toMatch(/unknown key "x"/);
    expect(errors(flow(LIMITS.nesting))[0]).toMatch(/nested more than 16 deep/);
    expect(errors(`x:\n ${'- '.repeat(LIMITS.nesting)}a`)[0]).toMatch(/nested more than 16 deep/);
  });
});
