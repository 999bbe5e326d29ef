import { describe, expect, it } from 'vitest';
import { figure, markdownTable } from './table.ts';

describe('a table', () => {
  it('aligns its columns, says so in the rule, and fills what a row lacks', () => {
    const table = markdownTable(
      [
        { title: 'workload', align: 'left' },
        { title: 'us', align: 'right' },
      ],
      [['stat', '12.3'], ['a long name']],
    );
    expect(table.split('\n')).toEqual([
      '| workload    |   us |',
      '| ----------- | ---: |',
      '| stat        | 12.3 |',
      '| a long name |      |',
    ]);
  });

  it('keeps a pipe inside its cell', () => {
    expect(markdownTable([{ title: 'x', align: 'left' }], [['a|b']])).toContain('| a\\|b |');
  });
});

describe('a figure', () => {
  it.each([
    [0, '0'],
    [0.031249, '0.0312'],
    [0.00001, '0.0000'],
    [1.234, '1.23'],
    [45.64, '45.6'],
    [0.9999, '1.00'],
    [999.4, '999'],
    [1234.5, '1235'],
    [Number.NaN, '?'],
  ])('of %d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});
