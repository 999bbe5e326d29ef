import { describe, expect, it } from 'vitest';
import { INVALIDATE, INVALIDATION_WORDS, InvalidationList } from './invalidation-list.ts';

describe('a list of invalidations', () => {
  it('gives back what was put in, however much that is', () => {
    for (const count of [0, 1, 4095, 4096, 4097, 20_000]) {
      const list = new InvalidationList();
      for (let i = 0; i < count; i++) list.add(i, i + 7, i % 2 === 0, i % 3 === 0);
      const words = list.words();
      expect([list.length, words.length]).toEqual([count, count * INVALIDATION_WORDS]);
      for (let i = 0; i < count; i++) {
        const bits = (i % 2 === 0 ? INVALIDATE.entry : 0) | (i % 3 === 0 ? INVALIDATE.attributes : 0);
        const found = [...words.subarray(i * INVALIDATION_WORDS, (i + 1) * INVALIDATION_WORDS)];
        if (found.join() !== [i, i + 7, bits].join()) expect(found).toEqual([i, i + 7, bits]);
      }
    }
  });
});
