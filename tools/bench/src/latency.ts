/**
 * Percentiles of the latencies that the client measures. It sends a histogram whose buckets widen with the value: 32 to
 * each power of two, as in `native/tally.c`.
 */

const BUCKET_BITS = 5;
const BUCKETS_PER_DOUBLING = 1 << BUCKET_BITS;

/** How many calls took as long as the bucket of that number says. */
export type Histogram = ReadonlyMap<number, number>;

/** Nanoseconds. */
export interface Latency {
  p50: number;
  p90: number;
  p99: number;
  p999: number;
  max: number;
}

/** `BUCKET:COUNT` words. Throws when one is something else. */
export function parseHistogram(words: readonly string[]): Histogram {
  return new Map(
    words.map((word) => {
      const [, bucket, count] = /^(\d+):(\d+)$/.exec(word) ?? [];
      if (bucket === undefined || count === undefined)
        throw new Error(`"${word}" is not a bucket and its count`);
      return [Number(bucket), Number(count)];
    }),
  );
}

/** The nanoseconds from which a bucket counts, and those from which the next does. */
export function bucketBounds(bucket: number): { from: number; to: number } {
  if (bucket < 2 * BUCKETS_PER_DOUBLING) return { from: bucket, to: bucket + 1 };
  const shift = Math.floor(bucket / BUCKETS_PER_DOUBLING) - 1;
  const width = 2 ** shift;
  const from = (bucket - shift * BUCKETS_PER_DOUBLING) * width;
  return { from, to: from + width };
}

/** The middle of the bucket that holds the value which `share` of all values do not exceed. Undefined without any. */
export function percentile(histogram: Histogram, share: number): number | undefined {
  const buckets = [...histogram].filter(([, count]) => count > 0).sort(([a], [b]) => a - b);
  const total = buckets.reduce((sum, [, count]) => sum + count, 0);
  let below = 0;
  for (const [bucket, count] of buckets) {
    below += count;
    if (below < share * total) continue;
    const { from, to } = bucketBounds(bucket);
    return (from + to - 1) / 2;
  }
  return undefined;
}

export function latencyOf(histogram: Histogram): Latency | undefined {
  const [p50, p90, p99, p999, max] = [0.5, 0.9, 0.99, 0.999, 1].map((share) => percentile(histogram, share));
  if (p50 === undefined || p90 === undefined || p99 === undefined || p999 === undefined || max === undefined)
    return undefined;
  return { p50, p90, p99, p999, max };
}
