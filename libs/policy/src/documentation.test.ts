import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { REASON } from './actions.ts';
import { loadPolicy } from './compile.ts';
import { LIMITS } from './limits.ts';
import { PRESETS } from './presets.ts';

const guide = readFileSync(new URL('../../../docs/policy.md', import.meta.url), 'utf8');

describe('docs/policy.md', () => {
  it('states every limit', () => {
    const limits = guide.slice(guide.indexOf('## Limits'));
    for (const [name, limit] of Object.entries(LIMITS))
      expect(limits, name).toMatch(new RegExp(`\\b${String(limit)}\\b`));
  });

  it('has an example that loads without a finding', () => {
    const example = /```yaml\n([^]*?)```/.exec(guide)?.[1] ?? '';
    expect(example).toContain('version: 1');
    expect(loadPolicy(example).diagnostics).toEqual([]);
  });

  it('names every preset and reason', () => {
    for (const name of Object.keys(PRESETS)) expect(guide).toMatch(new RegExp(`\\| \`${name}\` +\\|`));
    for (const [name, code] of Object.entries(REASON)) expect(guide).toContain(`\`${name}\` ${String(code)}`);
  });
});
