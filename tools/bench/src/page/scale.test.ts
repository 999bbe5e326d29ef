import { describe, expect, it } from 'vitest';
import { linearScale, logScale, tickText } from './scale.ts';

describe('a logarithmic axis', () => {
  it('has equal distances for equal ratios, and room for all values', () => {
    const { at } = logScale([0.5, 8]);
    expect(at(2) - at(1)).toBeCloseTo(at(8) - at(4));
    expect(at(0.5)).toBeGreaterThan(0);
    expect(at(8)).toBeLessThan(1);
  });

  it('has the value on it that all are compared with', () => {
    const { at, ticks } = logScale([20, 40], [1]);
    expect(at(1)).toBeGreaterThanOrEqual(0);
    expect(ticks).toContain(1);
  });

  it.each([
    [
      [0.9, 12],
      [1, 2, 5, 10],
    ],
    [
      [0.9, 120],
      [1, 3, 10, 30, 100],
    ],
    [
      [0.9, 900_000],
      [1, 10, 100, 1000, 10_000, 100_000],
    ],
  ])('from %j is marked at %j', (values, ticks) => {
    expect(logScale(values).ticks).toEqual(ticks);
  });

  it('never has a crowd of marks, nor exact numbers that are not', () => {
    for (let exponent = -4; exponent < 7; exponent++) {
      for (const span of [1, 1.5, 7, 300, 1e6]) {
        const { ticks } = logScale([10 ** exponent, 10 ** exponent * span]);
        expect(ticks.length).toBeLessThanOrEqual(6);
        for (const tick of ticks) expect(tickText(tick).length).toBeLessThanOrEqual(8);
      }
    }
  });

  it('of nothing is empty', () => {
    expect(logScale([]).ticks).toEqual([]);
  });
});

describe('an axis from zero', () => {
  it('ends with the largest value', () => {
    const { at, ticks } = linearScale([3, 4.2]);
    expect([at(0), at(4.2)]).toEqual([0, 1]);
    expect(ticks).toEqual([0, 1, 2, 3, 4]);
  });

  it('bears that all is zero', () => {
    expect(linearScale([0]).at(0)).toBe(0);
    expect(linearScale([]).ticks).toEqual([0]);
  });
});
