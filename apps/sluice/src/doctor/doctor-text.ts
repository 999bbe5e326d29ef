/** The doctor's findings for people: a verdict and what was seen, then what follows from it, then what to do. */
import type { ProbeReport } from '@sluice/session';
import type { Style } from '../output.ts';
import { printable } from '../terminal.ts';
import type { Finding } from './finding.ts';

export interface Diagnosis {
  /** A volume can be served, with passthrough or without. */
  serves: boolean;
  findings: Finding[];
  probe: ProbeReport;
}

const VERDICT_COLUMNS = 'limited'.length;

export function doctorText(style: Style, { serves, findings, probe }: Diagnosis): string {
  const columns = Math.max(...findings.map(({ subject }) => subject.length));
  const lines = findings.flatMap((finding) => findingLines(style, finding, columns));
  const { proven, dialect, evidence } = probe.trial;
  if (!proven) lines.push('', 'evidence of the trial', ...evidence.map((each) => `  - ${printable(each)}`));
  const summary = [
    '',
    `serving      ${serves ? style.green('possible') : style.red('not possible')}`,
    `passthrough  ${proven ? style.green(`${dialect}, proven`) : style.yellow('not proven')}`,
  ];
  return [...lines, ...summary].map((line) => `${line}\n`).join('');
}

function findingLines(style: Style, finding: Finding, columns: number): string[] {
  const { subject, verdict, seen, follows, remedy } = finding;
  const colour = { ok: style.green, limited: style.yellow, missing: style.red }[verdict];
  const indent = ' '.repeat(VERDICT_COLUMNS + 2 + columns + 2);
  return [
    `${colour(verdict.padEnd(VERDICT_COLUMNS))}  ${style.bold(printable(subject).padEnd(columns))}  ${printable(seen)}`,
    `${indent}${style.dim(printable(follows))}`,
    ...(remedy === '' ? [] : [`${indent}${style.cyan('do:')} ${printable(remedy)}`]),
  ];
}
