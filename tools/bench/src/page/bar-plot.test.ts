import { describe, expect, it } from 'vitest';
import { barPlot, partNames } from './bar-plot.ts';

const widths = (svg: string): number[] =>
  [...svg.matchAll(/<rect[^>]* width="([\d.]+)"/g)].map((hit) => Number(hit[1]));

describe('a plot of bars', () => {
  it('has parts as long as their share of the longest bar, and the sum beside them', () => {
    const svg = barPlot('x', [
      {
        label: 'a',
        parts: [
          { name: 'READ', value: 3 },
          { name: 'OPEN', value: 1 },
        ],
      },
      { label: 'b', parts: [{ name: 'OPEN', value: 2 }] },
    ]);
    const [read = 0, open = 0, second = 0] = widths(svg);
    expect(read / open).toBeCloseTo(3);
    expect(second / open).toBeCloseTo(2);
    expect(svg).toContain('>4.00</text>');
  });

  it('explains colours where there are several, and only there', () => {
    const one = barPlot('x', [{ label: 'a', parts: [{ name: 'MiB', value: 3 }] }]);
    expect(one).not.toContain('legend');
    const two = [
      {
        label: 'a',
        parts: [
          { name: 'READ', value: 3 },
          { name: 'OPEN', value: 1 },
        ],
      },
    ];
    expect(barPlot('x', two)).toMatch(/legend.*READ.*OPEN/);
  });

  it('takes together what is rare, without losing it', () => {
    const parts = Array.from({ length: 14 }, (_, index) => ({ name: `p${index}`, value: 14 - index }));
    expect(partNames([{ label: 'a', parts }])).toEqual([
      ...parts.slice(0, 10).map(({ name }) => name),
      'other',
    ]);
    const all = widths(barPlot('x', [{ label: 'a', parts }]));
    expect(all).toHaveLength(11);
    // 4 + 3 + 2 + 1 beside the first one's 14.
    expect((all[10] ?? 0) / (all[0] ?? 1)).toBeCloseTo(10 / 14, 1);
  });

  it('lets no label become markup', () => {
    expect(barPlot('"x"', [{ label: '<b>', parts: [] }])).not.toContain('<b>');
  });
});
