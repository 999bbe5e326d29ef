import { describe, expect, it } from 'vitest';
import { Diagnostics, nearest, quote } from './diagnostics.ts';
import { LIMITS } from './limits.ts';

describe('diagnostics', () => {
  it('are listed up to the limit, with one more that says so', () => {
    const diagnostics = new Diagnostics();
    for (let line = 1; line <= LIMITS.diagnostics + 50; line++) diagnostics.warning({ line, column: 1 }, 'w');
    expect(diagnostics.full).toBe(true);
    expect(diagnostics.list).toHaveLength(LIMITS.diagnostics + 1);
    expect(diagnostics.list.at(-1)?.message).toMatch(/more than 100 findings/);
  });

  it('count an error that is no longer listed', () => {
    const diagnostics = new Diagnostics();
    for (let line = 1; line <= LIMITS.diagnostics + 1; line++) diagnostics.warning({ line, column: 1 }, 'w');
    expect(diagnostics.hasErrors).toBe(false);
    diagnostics.error({ line: 1, column: 1 }, 'e');
    expect(diagnostics.hasErrors).toBe(true);
  });

  it('suggest the nearest word, and none where all are far', () => {
    const words = ['passthrough', 'cached', 'direct', 'auto'];
    expect(nearest('pasthru', words)).toBe(undefined);
    expect(nearest('Passthrough', words)).toBe('passthrough');
    expect(nearest('cache', words)).toBe('cached');
    expect(nearest('dierct', words)).toBe('direct');
    expect(nearest('xyzzy', words)).toBeUndefined();
    expect(nearest('passthrough'.repeat(100), words)).toBeUndefined();
  });

  it('quote a text short and without control characters', () => {
    expect(quote('a\n\u0007')).toBe('"a\\n\\u0007"');
    expect(quote('x'.repeat(1000))).toHaveLength(62);
  });
});
