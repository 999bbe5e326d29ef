import { describe, expect, it } from 'vitest';
import { seededRandom } from './bytes.fixture.ts';
import { RangeList } from './range-list.ts';

const SEED = Number(process.env['SLUICE_TEST_SEED'] ?? Date.now() % 2 ** 31);

type Range = [start: number, end: number];

function ranges(list: RangeList): Range[] {
  return Array.from({ length: list.count }, (_, i): Range => [list.start(i), list.end(i)]);
}

/** Sorted and merged, then the smallest gaps closed: all at once, with sorting and no thought of memory. */
function naive(added: Range[], capacity: number): Range[] {
  const merged: Range[] = [];
  for (const [start, end] of added.filter(([a, b]) => a < b).sort((a, b) => a[0] - b[0])) {
    const last = merged.at(-1);
    if (last && last[1] >= start) last[1] = Math.max(last[1], end);
    else merged.push([start, end]);
  }
  while (merged.length > capacity) {
    let nearest = 1;
    const gap = (i: number): number => (merged[i]?.[0] ?? 0) - (merged[i - 1]?.[1] ?? 0);
    for (let i = 2; i < merged.length; i++) if (gap(i) < gap(nearest)) nearest = i;
    const [, end] = merged.splice(nearest, 1)[0] ?? [0, 0];
    const before = merged[nearest - 1];
    if (before) before[1] = end;
  }
  return merged;
}

describe('a list of ranges', () => {
  it('holds what was added sorted and merged, touching ranges as one', () => {
    const list = new RangeList();
    list.add(50, 60);
    list.add(10, 20);
    list.add(20, 30);
    list.add(55, 58);
    list.settle();
    expect(ranges(list)).toEqual([
      [10, 30],
      [50, 60],
    ]);
    expect(list.truncated).toBe(false);
  });

  it('takes nothing that is no range, and says 0 of ranges that are not there', () => {
    const list = new RangeList();
    list.add(5, 5);
    list.add(9, 3);
    list.add(NaN, 5);
    list.add(1, NaN);
    list.add(-10, -5);
    expect(list.count).toBe(0);
    list.add(-10, 5);
    expect(ranges(list)).toEqual([[0, 5]]);
    expect([list.start(1), list.end(1), list.start(-1)]).toEqual([0, 0, 0]);
  });

  it('joins the nearest ranges where there are more than its capacity', () => {
    const list = new RangeList(2);
    list.add(0, 10);
    list.add(100, 110);
    list.add(115, 120);
    expect(list.truncated).toBe(false);
    list.settle();
    expect(ranges(list)).toEqual([
      [0, 10],
      [100, 120],
    ]);
    expect(list.truncated).toBe(true);
    list.clear();
    expect([list.count, list.truncated]).toEqual([0, false]);
  });

  it('is exact beyond 2^32 and up to 2^53', () => {
    const list = new RangeList();
    list.add(2 ** 53 - 3, 2 ** 53 - 1);
    list.add(2 ** 40, 2 ** 40 + 1);
    list.add(2 ** 40 + 2, 2 ** 40 + 3);
    expect(ranges(list)).toEqual([
      [2 ** 40, 2 ** 40 + 1],
      [2 ** 40 + 2, 2 ** 40 + 3],
      [2 ** 53 - 3, 2 ** 53 - 1],
    ]);
  });

  it(`equals the naive model while the room lasts, and covers it beyond (seed ${String(SEED)})`, () => {
    const random = seededRandom(SEED);
    let exact = 0;
    let overfull = 0;
    for (let round = 0; round < 3000; round++) {
      const capacity = 1 + Math.floor(random() * 8);
      const list = new RangeList(capacity);
      const added: Range[] = [];
      const spread = random() < 0.5 ? 200 : 5000;
      const count = Math.floor(random() * capacity * (random() < 0.3 ? 20 : 3));
      let most = 0;
      for (let i = 0; i < count; i++) {
        const start = Math.floor(random() * spread);
        const range: Range = [start, start + Math.floor(random() * 12)];
        added.push(range);
        list.add(...range);
        most = Math.max(most, naive(structuredClone(added), Infinity).length);
      }
      list.settle();
      const expected = naive(structuredClone(added), capacity);
      const apart = naive(structuredClone(added), Infinity);
      const found = ranges(list);
      const of = `seed ${String(SEED)}: capacity ${String(capacity)}: ${JSON.stringify(added)}`;
      expect(found.length, of).toBeLessThanOrEqual(capacity);
      found.forEach(([start, end], i) => {
        expect(start, of).toBeLessThan(end);
        if (i > 0) expect(start, of).toBeGreaterThan(found[i - 1]?.[1] ?? 0);
      });
      for (const [start, end] of apart) {
        expect(
          found.some(([a, b]) => a <= start && end <= b),
          `${of}: ${String(start)} left out`,
        ).toBe(true);
      }
      if (most <= capacity * 4) {
        exact++;
        expect(found, of).toEqual(expected);
        expect(list.truncated, of).toBe(apart.length > capacity);
      } else overfull++;
    }
    expect(exact).toBeGreaterThan(1000);
    expect(overfull).toBeGreaterThan(20);
  });
});
