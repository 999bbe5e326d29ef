import { describe, expect, it } from 'vitest';
import { intervalPlot } from './interval-plot.ts';

const numbers = (svg: string, pattern: RegExp): number[] =>
  [...svg.matchAll(pattern)].map((hit) => Number(hit[1]));

describe('a plot of intervals', () => {
  const mark = { lowest: 0.5, middle: 2, highest: 4 };
  const row = { label: 'plain', className: 'arm-plain', marks: [mark] };

  it('has the dot between the ends of its line, to the right of the line of equality', () => {
    const svg = intervalPlot('x', [{ title: 'time', line: 1 }], [{ rows: [row] }]);
    const [dot = 0] = numbers(svg, /<circle cx="([\d.]+)"/g);
    const [, from, to] = /<line x1="([\d.]+)" x2="([\d.]+)"[^>]*class="spread"/.exec(svg) ?? [];
    const [same = 0] = numbers(svg, /<line x1="([\d.]+)"[^>]*class="same"/g);
    expect(Number(from)).toBeLessThan(same);
    expect(same).toBeLessThan(dot);
    expect(dot).toBeLessThan(Number(to));
    expect(svg).toContain('>2.00</text>');
  });

  it('leaves a panel empty that has nothing to say about a row, and stays beside the others', () => {
    const panels = [{ title: 'one' }, { title: 'two' }];
    const svg = intervalPlot('x', panels, [{ rows: [{ ...row, marks: [undefined, mark] }] }]);
    const dots = numbers(svg, /<circle cx="([\d.]+)"/g);
    expect(dots).toHaveLength(1);
    expect(dots[0]).toBeGreaterThan(600);
    expect(svg).not.toContain('NaN');
  });

  it('shows a second value as a ring', () => {
    const svg = intervalPlot(
      'x',
      [{ title: 'one' }],
      [{ rows: [{ ...row, marks: [{ ...mark, second: 3 }] }] }],
    );
    expect(svg).toContain('class="ring"');
    expect(svg).toContain('>2.00 / 3.00</text>');
  });

  it('has no place twice: groups and rows lie beneath each other', () => {
    const svg = intervalPlot(
      'x',
      [{ title: 'one' }],
      [
        { title: '1 process', rows: [row, row] },
        { title: '4 processes', rows: [row] },
      ],
    );
    const rows = numbers(svg, /cy="([\d.]+)"/g);
    expect(rows).toEqual([...new Set(rows)].toSorted((a, b) => a - b));
    const [, height] = /viewBox="0 0 \d+ (\d+)"/.exec(svg) ?? [];
    expect(Math.max(...rows)).toBeLessThan(Number(height));
  });
});
