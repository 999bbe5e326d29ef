/** Tables that read well on a terminal and are Markdown at the same time. */

export interface Column {
  title: string;
  align: 'left' | 'right';
}

/** One line a row; a cell that a row does not have is empty. A pipe in a cell is escaped. */
export function markdownTable(columns: readonly Column[], rows: readonly (readonly string[])[]): string {
  const cells = [columns.map((column) => column.title), ...rows].map((row) =>
    columns.map((_, index) => (row[index] ?? '').replaceAll('|', '\\|')),
  );
  // Three dashes are the least that Markdown formatters leave alone.
  const widths = columns.map((_, index) => Math.max(3, ...cells.map((row) => (row[index] ?? '').length)));
  const line = (row: readonly string[]): string => `| ${row.join(' | ')} |`;
  const padded = cells.map((row) =>
    line(
      row.map((cell, index) => {
        const width = widths[index] ?? 0;
        return columns[index]?.align === 'right' ? cell.padStart(width) : cell.padEnd(width);
      }),
    ),
  );
  const rule = line(
    columns.map(({ align }, index) => {
      const width = widths[index] ?? 0;
      return align === 'right' ? `${'-'.repeat(width - 1)}:` : '-'.repeat(width);
    }),
  );
  return [padded[0], rule, ...padded.slice(1)].join('\n');
}

/** Three significant digits, but no fraction of a large number: 0.0312, 1.23, 45.6, 1234. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '?';
  if (value === 0) return '0';
  // Of the rounded value: 0.9999 is 1.00, not 1.000.
  const magnitude = Math.floor(Math.log10(Math.abs(Number(value.toPrecision(3)))));
  return value.toFixed(Math.max(0, Math.min(4, 2 - magnitude)));
}
