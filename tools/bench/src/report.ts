/** The results as text: Markdown that reads well on a terminal. */
import { summarise } from './results.ts';
import type { Results } from './results.ts';
import { runFacts, runWarnings, startupFacts } from './run-facts.ts';
import { markdownTable } from './table.ts';
import {
  comparisonViews,
  latencyView,
  memoryView,
  processorView,
  requestView,
  systemCallView,
  valueView,
} from './views.ts';

export function report(results: Results): string {
  const summaries = results.workloads.map(summarise);
  const { machine, settings } = runFacts(results);
  const views =
    summaries.length === 0
      ? []
      : [
          valueView(summaries),
          ...comparisonViews(summaries),
          latencyView(summaries),
          processorView(summaries),
          requestView(summaries),
          memoryView(summaries),
          systemCallView(results.systemCalls),
        ];
  return [
    `${machine}\n${settings}`,
    '',
    ...views.flatMap((view) =>
      view === undefined ? [] : [view.words, '', markdownTable(view.columns, view.rows), ''],
    ),
    ...startupFacts(results),
    ...runWarnings(results).map((line) => `\n${line}`),
    '',
  ].join('\n');
}
