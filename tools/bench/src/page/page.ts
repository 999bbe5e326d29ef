/** The results as one page that needs nothing else: plots, and every figure in a table beneath. */
import { summarise } from '../results.ts';
import type { Results } from '../results.ts';
import { runFacts, runWarnings, startupFacts } from '../run-facts.ts';
import {
  armsOf,
  comparisonViews,
  latencyView,
  memoryView,
  processorView,
  requestView,
  systemCallView,
  valueView,
} from '../views.ts';
import type { View } from '../views.ts';
import { latencyPlot, memoryPlot, ratioPlot, requestPlot, subjects, systemCallPlot } from './figures.ts';
import type { Subject } from './figures.ts';
import { element, text } from './markup.ts';
import { armClass, style } from './style.ts';

interface Section {
  id: string;
  title: string;
  body: string[];
}

export function htmlReport(results: Results): string {
  const { machine, settings } = runFacts(results);
  const sections = sectionsOf(results).filter(({ body }) => body.some((part) => part !== ''));
  const links = sections.map(({ id, title }) => element('a', { href: `#${id}` }, text(title)));
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${text(`Sluice benchmark, ${results.machine.date}`)}</title>`,
    `<style>${style()}</style>`,
    '<main>',
    element('h1', {}, 'Sluice benchmark'),
    soft(machine),
    soft(settings),
    ...startupFacts(results).map(soft),
    ...runWarnings(results).map((line) => element('p', { class: 'warning' }, text(line))),
    element('nav', {}, ...links),
    ...sections.map(({ id, title, body }) =>
      element('section', { id }, element('h2', {}, text(title)), ...body),
    ),
    '</main>',
    '</html>',
    '',
  ].join('\n');
}

function sectionsOf(results: Results): Section[] {
  const summaries = results.workloads.map(summarise);
  const all = subjects(results);
  if (all.length === 0) return [];
  return [
    {
      id: 'time',
      title: 'Time',
      body: [
        words(
          'Time for the same work as a multiple of a reference: below 1 (the dashed line) is faster. The dot is the median of the rounds, the line reaches from the lowest to the highest round: where two lines overlap, do not believe in a difference. Each axis is logarithmic and belongs to its plot.',
        ),
        legend(results),
        ...each(all, ratioPlot),
        ...[...comparisonViews(summaries), valueView(summaries)].map(folded),
      ],
    },
    {
      id: 'latency',
      title: 'Latency',
      body: [
        words(
          'How long single calls took, in the middle of the rounds. For readdir a call lists many entries.',
        ),
        ...each(all, latencyPlot),
        folded(latencyView(summaries)),
      ],
    },
    {
      id: 'processor',
      title: 'Processor time',
      body: [open(processorView(summaries))],
    },
    {
      id: 'requests',
      title: 'Requests per operation',
      body: [
        words('What the kernel asks the daemon, by opcode, with one process. Only our arms count them.'),
        scrolled(requestPlot(all)),
        folded(requestView(summaries)),
      ],
    },
    {
      id: 'memory',
      title: 'Memory',
      body: [
        words('The most resident memory of the serving process in any measurement, in MiB.'),
        scrolled(memoryPlot(all)),
        folded(memoryView(summaries)),
      ],
    },
    {
      id: 'system-calls',
      title: 'System calls per request',
      body: [scrolled(systemCallPlot(results)), open(systemCallView(results.systemCalls))],
    },
  ].map((section) => (section.body.at(-1) === '' ? { ...section, body: [] } : section));
}

function each(all: readonly Subject[], plot: (subject: Subject) => string): string[] {
  return all.map((subject) => {
    const drawn = plot(subject);
    if (drawn === '') return '';
    const operation = element('small', {}, text(`one operation: ${subject.operation}`));
    return `${element('h3', {}, `${text(subject.name)} `, operation)}${scrolled(drawn)}`;
  });
}

function legend(results: Results): string {
  const arms = armsOf(results.workloads.map(summarise)).map((arm) =>
    element('span', { class: armClass(arm) }, element('i', { class: 'swatch' }), text(arm)),
  );
  return element('p', { class: 'legend' }, ...arms);
}

function open(view: View | undefined): string {
  if (view === undefined) return '';
  return `${words(view.words)}${scrolled(table(view))}`;
}

function folded(view: View | undefined): string {
  if (view === undefined) return '';
  return element('details', {}, element('summary', {}, text(view.words)), scrolled(table(view)));
}

function table({ columns, rows }: View): string {
  const cell = (name: 'th' | 'td', content: string, column: number): string =>
    element(name, columns[column]?.align === 'right' ? { class: 'right' } : {}, text(content));
  const row = (name: 'th' | 'td', cells: readonly string[]): string =>
    element('tr', {}, ...cells.map((content, column) => cell(name, content, column)));
  const head = row(
    'th',
    columns.map(({ title }) => title),
  );
  return element(
    'table',
    {},
    element('thead', {}, head),
    element('tbody', {}, ...rows.map((cells) => row('td', cells))),
  );
}

function scrolled(content: string): string {
  return content === '' ? '' : element('div', { class: 'scroll' }, content);
}

function words(content: string): string {
  return element('p', {}, text(content));
}

function soft(content: string): string {
  return element('p', { class: 'soft' }, text(content));
}
