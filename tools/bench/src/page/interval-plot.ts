/** Rows of dots, each with the line from its lowest to its highest value, on logarithmic axes beside each other. */
import { figure } from '../table.ts';
import { element, text } from './markup.ts';
import { logScale, tickText } from './scale.ts';
import type { Scale } from './scale.ts';

export interface Mark {
  lowest: number;
  middle: number;
  highest: number;
  /** Shown as a ring: a second value of the same row. */
  second?: number;
}

export interface IntervalRow {
  label: string;
  /** CSS class that gives the colour. */
  className: string;
  /** One for each panel; a panel may have nothing to say about a row. */
  marks: (Mark | undefined)[];
}

export interface IntervalGroup {
  /** Stands above its rows; none where there is one group only. */
  title?: string;
  rows: IntervalRow[];
}

export interface Panel {
  title: string;
  /** Drawn as a line from top to bottom: the value that means "the same". */
  line?: number;
}

const WIDTH = 1100;
const LABELS = 170;
const GAP = 26;
/** Room for what is written to the right of each panel: one figure, or two. */
const VALUES = { one: 58, two: 100 };
const ROW = 18;
const HEAD = 26;
const FOOT = 22;

export function intervalPlot(
  name: string,
  panels: readonly Panel[],
  groups: readonly IntervalGroup[],
): string {
  const rowsHeight = groups.reduce(
    (sum, { title, rows }) => sum + rows.length * ROW + (title === undefined ? 0 : ROW),
    0,
  );
  const height = HEAD + rowsHeight + FOOT;
  const pairs = groups.some(({ rows }) =>
    rows.some(({ marks }) => marks.some((mark) => mark?.second !== undefined)),
  );
  const values = pairs ? VALUES.two : VALUES.one;
  const panelWidth = (WIDTH - LABELS) / panels.length - GAP - values;
  const scales = panels.map(({ line }, index) =>
    logScale(
      groups.flatMap(({ rows }) =>
        rows.flatMap(({ marks }) => {
          const mark = marks[index];
          return mark === undefined ? [] : [mark.lowest, mark.highest, mark.second ?? mark.middle];
        }),
      ),
      line === undefined ? [] : [line],
    ),
  );
  const starts = panels.map((_, index) => LABELS + index * (panelWidth + GAP + values));
  const parts = panels.flatMap((panel, index) =>
    frame(panel, scales[index], starts[index] ?? 0, panelWidth, rowsHeight),
  );
  let y = HEAD;
  for (const { title, rows } of groups) {
    if (title !== undefined) {
      parts.push(element('text', { x: 0, y: y + ROW * 0.75, class: 'group' }, text(title)));
      y += ROW;
    }
    for (const row of rows) {
      parts.push(rowMarks(row, scales, starts, panelWidth, y + ROW / 2));
      y += ROW;
    }
  }
  return element(
    'svg',
    { viewBox: `0 0 ${WIDTH} ${height}`, role: 'img', 'aria-label': name, class: 'plot' },
    ...parts,
  );
}

function frame(
  { title, line }: Panel,
  scale: Scale | undefined,
  start: number,
  width: number,
  height: number,
): string[] {
  if (scale === undefined) return [];
  const bottom = HEAD + height;
  return [
    element('text', { x: start, y: 14, class: 'panel' }, text(title)),
    ...scale.ticks.flatMap((tick) => {
      const x = start + scale.at(tick) * width;
      return [
        element('line', { x1: x, x2: x, y1: HEAD, y2: bottom, class: tick === line ? 'same' : 'grid' }),
        element('text', { x, y: bottom + 14, class: 'tick' }, tickText(tick)),
      ];
    }),
    ...(line === undefined || scale.ticks.includes(line)
      ? []
      : [
          element('line', {
            x1: start + scale.at(line) * width,
            x2: start + scale.at(line) * width,
            y1: HEAD,
            y2: bottom,
            class: 'same',
          }),
        ]),
  ];
}

function rowMarks(
  { label, className, marks }: IntervalRow,
  scales: readonly Scale[],
  starts: readonly number[],
  width: number,
  y: number,
): string {
  const drawn = scales.flatMap((scale, index) => {
    const mark = marks[index];
    const start = starts[index] ?? 0;
    if (mark === undefined) return [];
    const x = (value: number): number => start + scale.at(value) * width;
    const second = mark.second === undefined ? '' : ` / ${figure(mark.second)}`;
    return [
      element('line', { x1: x(mark.lowest), x2: x(mark.highest), y1: y, y2: y, class: 'spread' }),
      ...(mark.second === undefined
        ? []
        : [element('circle', { cx: x(mark.second), cy: y, r: 3.6, class: 'ring' })]),
      element('circle', { cx: x(mark.middle), cy: y, r: 4, class: 'dot' }),
      element(
        'text',
        { x: start + width + 8, y: y + 4, class: 'value' },
        text(`${figure(mark.middle)}${second}`),
      ),
    ];
  });
  return element(
    'g',
    { class: className },
    element('text', { x: 12, y: y + 4, class: 'label' }, text(label)),
    ...drawn,
  );
}
