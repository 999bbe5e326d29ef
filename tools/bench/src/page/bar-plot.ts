/** Rows of bars that are made up of parts, on one axis from 0, and what the colours of the parts stand for. */
import { figure } from '../table.ts';
import { element, text } from './markup.ts';
import { linearScale, tickText } from './scale.ts';

export interface BarRow {
  label: string;
  parts: { name: string; value: number }[];
}

const WIDTH = 1100;
const LABELS = 290;
const VALUES = 70;
const ROW = 18;
const BAR = 12;
const HEAD = 4;
const FOOT = 22;
/** So many parts have a colour of their own: `part-0` to `part-9`; the rest is taken together as `part-rest`. */
const COLOURS = 10;
const REST = 'other';

export function barPlot(name: string, rows: readonly BarRow[]): string {
  const names = partNames(rows);
  const total = ({ parts }: BarRow): number => parts.reduce((sum, { value }) => sum + value, 0);
  const scale = linearScale(rows.map(total));
  const width = WIDTH - LABELS - VALUES;
  const bottom = HEAD + rows.length * ROW;
  const grid = scale.ticks.flatMap((tick) => {
    const x = LABELS + scale.at(tick) * width;
    return [
      element('line', { x1: x, x2: x, y1: HEAD, y2: bottom, class: 'grid' }),
      element('text', { x, y: bottom + 14, class: 'tick' }, tickText(tick)),
    ];
  });
  const bars = rows.map((row, index) => {
    const y = HEAD + index * ROW;
    let x = LABELS;
    const pieces = amounts(row, names).map(([part, value], colour) => {
      const length = scale.at(value) * width;
      const piece = element(
        'rect',
        { x, y: y + (ROW - BAR) / 2, width: length, height: BAR, class: partClass(part, colour) },
        element('title', {}, text(`${part} ${figure(value)}`)),
      );
      x += length;
      return value === 0 ? '' : piece;
    });
    return [
      element('text', { x: 12, y: y + ROW / 2 + 4, class: 'label' }, text(row.label)),
      ...pieces,
      element('text', { x: x + 6, y: y + ROW / 2 + 4, class: 'value' }, text(figure(total(row)))),
    ].join('');
  });
  const legend = names.map((part, colour) =>
    element('span', {}, element('i', { class: `swatch ${partClass(part, colour)}` }), text(part)),
  );
  return [
    element(
      'svg',
      { viewBox: `0 0 ${WIDTH} ${bottom + FOOT}`, role: 'img', 'aria-label': name, class: 'plot' },
      ...grid,
      ...bars,
    ),
    ...(names.length < 2 ? [] : [element('p', { class: 'legend' }, ...legend)]),
  ].join('');
}

/** Those that make up most of all rows, and one name for the rest where there are more. */
export function partNames(rows: readonly BarRow[]): string[] {
  const sums = new Map<string, number>();
  for (const { parts } of rows)
    for (const { name, value } of parts) sums.set(name, (sums.get(name) ?? 0) + value);
  const sorted = [...sums].toSorted(([, a], [, b]) => b - a).map(([name]) => name);
  return sorted.length <= COLOURS ? sorted : [...sorted.slice(0, COLOURS), REST];
}

/** One for each name, in their order. */
function amounts({ parts }: BarRow, names: readonly string[]): [string, number][] {
  const sum = (chosen: (name: string) => boolean): number =>
    parts.reduce((total, { name, value }) => total + (chosen(name) ? value : 0), 0);
  return names.map((name, index) => [
    name,
    index === COLOURS ? sum((other) => !names.includes(other)) : sum((other) => other === name),
  ]);
}

function partClass(name: string, colour: number): string {
  return name === REST && colour === COLOURS ? 'part-rest' : `part-${colour}`;
}
