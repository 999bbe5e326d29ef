import Table from 'cli-table3';
import pc from 'picocolors';
import type { PolicyDiagnostic, VolumeStatus } from '@sluice/control';
import { printable, type Terminal } from './terminal.ts';

export type Style = ReturnType<typeof pc.createColors>;

export function styleOf(terminal: Terminal): Style {
  return pc.createColors(terminal.colour);
}

const NO_LINES = {
  top: '',
  'top-mid': '',
  'top-left': '',
  'top-right': '',
  bottom: '',
  'bottom-mid': '',
  'bottom-left': '',
  'bottom-right': '',
  left: '',
  'left-mid': '',
  mid: '',
  'mid-mid': '',
  right: '',
  'right-mid': '',
  middle: '   ',
};

/** Columns without lines. Cells are ready to print; `right` says which columns are numbers. */
export function table(style: Style, head: string[], rows: string[][], right: number[] = []): string {
  const columns = new Table({
    head: head.map((name) => style.dim(name)),
    chars: NO_LINES,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
  });
  columns.push(...rows);
  const lines = columns.toString().split('\n');
  return lines.map((line) => `${line.trimEnd()}\n`).join('');
}

export function json(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** `file:line:column: severity: message`, as compilers say it, so that editors find the place. */
export function diagnosticLine(style: Style, diagnostic: PolicyDiagnostic): string {
  const { severity, file, line, column, message } = diagnostic;
  const colour = severity === 'error' ? style.red : style.yellow;
  return `${printable(file)}:${line}:${column}: ${colour(severity)}: ${printable(message)}\n`;
}

export function stateWord(style: Style, { state }: VolumeStatus): string {
  if (state === 'serving') return style.green(state);
  return state === 'failed' ? style.red(state) : style.yellow(state);
}

/** How far passthrough got on this volume, in a word or two. */
export function passthroughWords(style: Style, { passthrough }: VolumeStatus): string {
  const dialect = printable(passthrough.dialect);
  if (passthrough.proven) return style.green(`${dialect}, proven`);
  if (passthrough.negotiated) return style.yellow(`${dialect}, not proven`);
  return passthrough.requested ? style.yellow('refused by the kernel') : style.dim('none');
}
