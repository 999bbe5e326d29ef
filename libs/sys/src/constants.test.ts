import { constants as fs } from 'node:fs';
import { constants as os } from 'node:os';
import { describe, expect, it } from 'vitest';
import { O, S } from './constants.ts';
import { ERRNO, errnoName, errnoText } from './errno.ts';

describe('constants', () => {
  it('agree with what Node knows of this CPU', () => {
    const known = fs as unknown as Record<string, number | undefined>;
    const compared = [
      ...Object.entries(O).map(([name, value]) => [value, known[`O_${name}`]]),
      ...Object.entries(S).map(([name, value]) => [value, known[`S_${name}`]]),
    ].filter(([, theirs]) => theirs !== undefined);
    expect(compared.length).toBeGreaterThan(20);
    for (const [ours, theirs] of compared) expect(ours).toBe(theirs);
  });
});

describe('errors', () => {
  it('have the numbers of Linux', () => {
    const known = os.errno as unknown as Record<string, number | undefined>;
    const compared = Object.entries(ERRNO).filter(([name]) => known[name] !== undefined);
    expect(compared.length).toBeGreaterThan(50);
    for (const [name, number] of compared) expect([name, number]).toEqual([name, known[name]]);
  });

  it('have a name for either sign, and say so when there is none', () => {
    expect(errnoName(2)).toBe('ENOENT');
    expect(errnoName(-2)).toBe('ENOENT');
    expect(errnoName(999)).toBe('errno 999');
  });

  it('have a phrase, at least their name', () => {
    expect(errnoText(-ERRNO.ESTALE)).toBe('stale: the object behind this handle is gone');
    expect(errnoText(ERRNO.EDOM)).toBe('EDOM');
    expect(errnoText(999)).toBe('errno 999');
  });
});
