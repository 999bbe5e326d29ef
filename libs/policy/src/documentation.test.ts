import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { ACCESS, ACTION, REASON, TYPE } from './actions.ts';
import { loadPolicy } from './compile.ts';
import { DENY_ERRNO, REFUSED_ERRNO } from './errors.ts';
import { testExpectations } from './expectations.ts';
import { OPTION_KEYS } from './language-actions.ts';
import { LIST_KINDS } from './language-entries.ts';
import { MATCH_KEYS } from './language-match.ts';
import { LIMITS } from './limits.ts';
import { PRESETS } from './presets.ts';

const guide = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');
const examples = [...guide.matchAll(/```yaml\n([^]*?)```/g)].map((found) => found[1] ?? '');
const context = { foldNames: true, packages: new Map([['com.example.gallery', [10_080]]]) };

describe('docs/policy.md', () => {
  it('states every limit', () => {
    const limits = guide.slice(guide.indexOf('## Limits'));
    for (const [name, limit] of Object.entries(LIMITS))
      expect(limits, name).toMatch(new RegExp(`\\b${String(limit)}\\b`));
  });

  it('has examples that load without a finding and do what they expect', () => {
    expect(examples.length).toBeGreaterThan(2);
    let expectations = 0;
    for (const example of examples) {
      const { policy, diagnostics } = loadPolicy(example, context);
      expect(diagnostics, example).toEqual([]);
      if (!policy) throw new Error('no policy');
      const { passed, failed } = testExpectations(policy, context);
      expect(failed).toEqual([]);
      expectations += passed;
    }
    expect(expectations).toBeGreaterThan(2);
  });

  it('has a row for every action, key of match, option and preset', () => {
    const rows = [...Object.keys(ACTION), ...MATCH_KEYS, ...OPTION_KEYS, ...Object.keys(PRESETS)];
    for (const name of rows) expect(guide).toMatch(new RegExp(`\\| \`${name}\` +\\|`));
  });

  it('names every reason, access, type, kind of set and error', () => {
    for (const [name, code] of Object.entries(REASON)) expect(guide).toContain(`\`${name}\` ${String(code)}`);
    const words = [ACCESS, TYPE, DENY_ERRNO].flatMap((table) => Object.keys(table));
    for (const word of [...words, ...LIST_KINDS]) expect(guide).toContain(`\`${word}\``);
    for (const word of Object.keys(REFUSED_ERRNO))
      if (word !== 'ENOMEM') expect(guide).toContain(`\`${word}\``);
  });
});
