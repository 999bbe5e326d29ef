import { describe, expect, it } from 'vitest';
import { MACHINES } from './machines.ts';

describe('the machines', () => {
  it('have names of their own and at least one setting each', () => {
    expect(new Set(MACHINES.map(({ name }) => name)).size).toBe(MACHINES.length);
    for (const { settings } of MACHINES) expect(settings.length).toBeGreaterThan(0);
  });
});
