/** What a policy changes, in words. */
import type { PolicyChange } from '@sluice/control';
import { table, type Style } from './output.ts';
import { printable } from './terminal.ts';
import { formatCount } from './units.ts';

export function changeText(style: Style, change: PolicyChange, dryRun: boolean): string {
  return [
    nodes(style, change, dryRun),
    openFiles(style, change),
    trees('bound', change.treesBound, dryRun),
    trees('unbound', change.treesUnbound, dryRun),
    change.callersCapped
      ? `${style.yellow('note')}: there are more kinds of callers than the ${change.callersCompared} that were compared\n`
      : '',
    change.incomplete
      ? `${style.yellow('note')}: not all was looked at, or the kernel is still being told; the figures are what is known\n`
      : '',
  ].join('');
}

function nodes(style: Style, change: PolicyChange, dryRun: boolean): string {
  if (change.nodesExamined === 0) return '';
  const { nodesExamined, nodesChanged, invalidatedEntries, invalidatedAttributes } = change;
  const would = dryRun ? 'would be' : 'are';
  const forget = dryRun ? 'would be told to forget' : 'was told to forget';
  const invalidated =
    invalidatedEntries + invalidatedAttributes === 0
      ? ''
      : `the kernel ${forget} ${count(invalidatedEntries, 'name')} and the attributes of ${count(invalidatedAttributes, 'node')}\n`;
  const rows = change.samples.map((sample) => [
    `  ${printable(sample.path === '' ? '.' : sample.path)}`,
    `uid ${sample.uid} ${sample.asked}`,
    `${printable(sample.fromAction)} ${style.dim(`(${printable(sample.fromRule)})`)}`,
    `→ ${printable(sample.toAction)} ${style.dim(`(${printable(sample.toRule)})`)}`,
  ]);
  const more = nodesChanged > rows.length && rows.length > 0 ? `  ${style.dim('…')}\n` : '';
  return [
    `${formatCount(nodesChanged)} of ${count(nodesExamined, 'known node')} ${would} decided otherwise\n`,
    rows.length === 0 ? '' : table(style, [], rows) + more,
    invalidated,
  ].join('');
}

function trees(what: string, paths: readonly string[], dryRun: boolean): string {
  if (paths.length === 0) return '';
  return `${paths.length === 1 ? 'tree' : 'trees'} ${dryRun ? 'that would be ' : ''}${what}: ${paths.map((path) => printable(path)).join(', ')}\n`;
}

function openFiles(style: Style, change: PolicyChange): string {
  const { openFilesChanged, openFilesExamined, openFilesUnderOlderPolicy } = change;
  if (openFilesChanged === 0) return '';
  const lines = openFilesUnderOlderPolicy.map(
    ({ path, uid, mode, toAction, note }) =>
      `  ${printable(path)} (uid ${uid}, ${printable(mode)}, now ${printable(toAction)}): ${printable(note)}\n`,
  );
  const more = openFilesChanged > lines.length ? `  ${style.dim('…')}\n` : '';
  return `${formatCount(openFilesChanged)} of ${count(openFilesExamined, 'open file')} would be opened otherwise now:\n${lines.join('')}${more}`;
}

function count(number: number, what: string): string {
  return `${formatCount(number)} ${what}${number === 1 ? '' : 's'}`;
}
