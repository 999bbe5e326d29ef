import { describe, expect, it } from 'vitest';
import { bucketBounds, latencyOf, parseHistogram, percentile } from './latency.ts';

/** The bucket that holds a value, found by its bounds. */
function bucketOf(value: number): number {
  for (let bucket = 0; ; bucket++) if (value < bucketBounds(bucket).to) return bucket;
}

describe('the buckets of latencies', () => {
  it('follow each other without a gap, and are never wider than a 32nd of what they hold', () => {
    for (let bucket = 0; bucket < 1151; bucket++) {
      const { from, to } = bucketBounds(bucket);
      expect(bucketBounds(bucket + 1).from).toBe(to);
      expect(to - from).toBeLessThanOrEqual(Math.max(1, from / 32));
    }
  });

  it.each([
    [0, 0, 1],
    [31, 31, 32],
    [32, 32, 33],
    [63, 63, 64],
    [64, 64, 66],
    [95, 126, 128],
    [96, 128, 132],
    [1151, 63 * 2 ** 34, 2 ** 40],
  ])('number %d is from %d to %d nanoseconds', (bucket, from, to) => {
    expect(bucketBounds(bucket)).toEqual({ from, to });
  });
});

describe('a percentile', () => {
  const values = (...all: number[]): Map<number, number> => {
    const histogram = new Map<number, number>();
    for (const value of all) histogram.set(bucketOf(value), (histogram.get(bucketOf(value)) ?? 0) + 1);
    return histogram;
  };

  it('is the value which that share of all does not exceed', () => {
    const histogram = values(...Array.from({ length: 100 }, (_, index) => index + 1));
    expect(percentile(histogram, 0.5)).toBe(50);
    // 99 and 100 share buckets of two with their neighbours.
    expect(percentile(histogram, 0.99)).toBeCloseTo(98.5);
    expect(percentile(histogram, 1)).toBeCloseTo(100.5);
  });

  it('does not depend on the order in which buckets come', () => {
    expect(
      percentile(
        new Map([
          [30, 1],
          [2, 1],
          [10, 1],
        ]),
        0.5,
      ),
    ).toBe(10);
  });

  it('is carried by the many, and the rare slow one shows at the end only', () => {
    const histogram = new Map([
      [bucketOf(1000), 999],
      [bucketOf(5_000_000), 1],
    ]);
    const { p50 = 0, p99 = 0, max = 0 } = latencyOf(histogram) ?? {};
    expect(Math.abs(p50 / 1000 - 1)).toBeLessThan(0.04);
    expect(p99).toBe(p50);
    expect(Math.abs(max / 5_000_000 - 1)).toBeLessThan(0.04);
  });

  it('of nothing is not there', () => {
    expect(percentile(new Map(), 0.5)).toBeUndefined();
    expect(latencyOf(new Map())).toBeUndefined();
  });
});

describe('a histogram as the client prints it', () => {
  it('is read word by word', () => {
    expect([...parseHistogram(['7:2', '300:11'])]).toEqual([
      [7, 2],
      [300, 11],
    ]);
  });

  it.each(['7', '7:', ':2', '7:x', ''])('is not "%s"', (word) => {
    expect(() => parseHistogram([word])).toThrow('is not a bucket and its count');
  });
});
