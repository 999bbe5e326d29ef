import { describe, expect, it } from 'vitest';
import { ratioSpread, rotate, spread } from './statistics.ts';

describe('a spread', () => {
  it('has the middle value of an odd number of rounds, whatever their order', () => {
    expect(spread([9, 1, 5])).toEqual({ median: 5, lowest: 1, highest: 9 });
  });

  it('has the mean of the two middle values of an even number of rounds', () => {
    expect(spread([10, 1, 4, 2])).toEqual({ median: 3, lowest: 1, highest: 10 });
  });

  it('orders by value, not by spelling', () => {
    expect(spread([100, 20, 3]).median).toBe(20);
  });

  it('refuses to be of nothing', () => {
    expect(() => spread([])).toThrow(RangeError);
  });
});

describe('a ratio', () => {
  it('compares each round with the same round of the reference', () => {
    expect(ratioSpread([2, 40, 9], [1, 10, 3])).toEqual({ median: 3, lowest: 2, highest: 4 });
  });

  it('leaves out a round that one of the two does not have, or that took no time', () => {
    expect(ratioSpread([2, undefined, 8, 5], [1, 1, undefined, 0])).toEqual({
      median: 2,
      lowest: 2,
      highest: 2,
    });
  });

  it('is not there when no round has both', () => {
    expect(ratioSpread([1], [])).toBeUndefined();
  });
});

describe('the order of a round', () => {
  it('lets each rival go first in turn', () => {
    const firsts = [0, 1, 2, 3].map((round) => rotate(['a', 'b', 'c'], round)[0]);
    expect(firsts).toEqual(['a', 'b', 'c', 'a']);
  });

  it('loses nobody', () => {
    expect(rotate([1, 2, 3], 2)).toEqual([3, 1, 2]);
    expect(rotate([], 5)).toEqual([]);
  });
});
