/** An explanation in words. */
import type { Explanation } from '@sluice/control';
import { table, type Style } from './output.ts';
import { printable } from './terminal.ts';
import { formatBytes } from './units.ts';

export function explanationText(style: Style, explanation: Explanation): string {
  const title = `${style.bold(printable(explanation.path))} in ${printable(explanation.volume)}\n`;
  const rows = [...decisionRows(style, explanation), ...optionRows(style, explanation)];
  return title + table(style, [], rows) + way(style, explanation) + lost(style, explanation);
}

function decisionRows(style: Style, explanation: Explanation): string[][] {
  const { rule, size, policyVersion, type, uid, gid, callerClass, errno, why } = explanation;
  const by = rule === 'default' ? 'no rule matched' : `rule ${printable(rule)}`;
  const error = errno === '' ? '' : ` ${printable(errno)}`;
  return [
    [
      style.dim('policy'),
      style.bold(printable(explanation.action) + error),
      `${by} (${printable(explanation.reason)}), ${formatBytes(size)}, policy version ${policyVersion}`,
    ],
    ...(why === '' ? [] : [[style.dim('why'), '', printable(why)]]),
    [style.dim('now'), style.bold(printable(explanation.outcome)), printable(explanation.outcomeReason)],
    ...explanation.arithmetic.map((line, index) => [
      index === 0 ? style.dim('auto') : '',
      '',
      printable(line),
    ]),
    [style.dim('asked by'), '', `uid ${uid}, gid ${gid} (class ${callerClass}), about a ${printable(type)}`],
  ];
}

function optionRows(style: Style, explanation: Explanation): string[][] {
  const { entryTimeoutMs, attributeTimeoutMs, readAhead, keepCache } = explanation;
  const words = [
    `names valid ${milliseconds(entryTimeoutMs)}`,
    `attributes ${milliseconds(attributeTimeoutMs)}`,
    readAhead === 0 ? '' : `${formatBytes(readAhead)} read ahead`,
    keepCache ? '' : 'pages not kept',
  ];
  return [[style.dim('options'), '', words.filter((word) => word !== '').join(', ')]];
}

function milliseconds(ms: number): string {
  return ms % 1000 === 0 ? `${ms / 1000} s` : `${ms} ms`;
}

/** The automaton's way through the path. */
function way(style: Style, { steps }: Explanation): string {
  if (steps.length === 0) return '';
  const words = steps.map(({ component, canonical, state }) => {
    const read = canonical === component ? '' : ` read as ${printable(canonical)}`;
    return `${printable(component)}${read}${state === undefined ? '' : style.dim(` [${state}]`)}`;
  });
  return `${style.dim('way')}  ${words.join(' / ')}\n`;
}

function lost(style: Style, explanation: Explanation): string {
  if (explanation.lost.length === 0) return '';
  const rows = explanation.lost.map(({ rule, line, because }) => [
    `  ${printable(rule)}`,
    style.dim(`line ${line}`),
    printable(because),
  ]);
  return `${style.dim('rules before it that did not match')}\n${table(style, [], rows)}`;
}
