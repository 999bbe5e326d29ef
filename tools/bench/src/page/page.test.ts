import { describe, expect, it } from 'vitest';
import { smallResults } from '../results.fixture.ts';
import { element, text } from './markup.ts';
import { htmlReport } from './page.ts';

describe('the page', () => {
  it('needs nothing else: no script, no style sheet, no picture, no font', () => {
    const page = htmlReport(smallResults());
    expect(page).not.toMatch(/<script|<link|<img|@import|url\(|\ssrc=|https?:/);
  });

  it('has a plot in each section, and the figures in tables', () => {
    const page = htmlReport(smallResults());
    for (const id of ['time', 'latency', 'requests', 'memory', 'system-calls']) {
      const section = new RegExp(`<section id="${id}">(.*?)</section>`, 's').exec(page)?.[1] ?? '';
      expect(section, id).toContain('<svg');
      expect(section, id).toContain('<table>');
    }
    expect(page).toContain('<td class="right">40.0 (40.0-40.0)</td>');
    expect(page).toContain('75.0 / 91.0');
    expect(page).toContain('LOOKUP 2.00');
  });

  it('compares with each reference that ran', () => {
    const results = smallResults();
    expect(htmlReport(results)).toContain('time / passthrough_ll<');
    delete results.workloads[0]?.rounds.passthrough_ll;
    expect(htmlReport(results)).not.toContain('time / passthrough_ll<');
  });

  it('has no section about what was not measured', () => {
    const page = htmlReport({ ...smallResults(), systemCalls: { counts: [], missing: 'no <strace>' } });
    expect(page).not.toContain('id="system-calls"');
    expect(page).toContain('Left out: system calls: no &lt;strace&gt;');
  });

  it('puts numbers of processes of a workload into one plot', () => {
    const results = smallResults();
    const [first] = results.workloads;
    if (first !== undefined)
      results.workloads.push({ ...first, workload: { ...first.workload, clients: 4 } });
    const page = htmlReport(results);
    expect(page.match(/<h3>stat/g)).toHaveLength(2);
    expect(page).toContain('>4 processes</text>');
  });

  it('is whole even when nothing was measured', () => {
    expect(htmlReport({ ...smallResults(), workloads: [] })).toContain('</html>');
  });

  it('reads in light and dark', () => {
    expect(htmlReport(smallResults())).toContain('prefers-color-scheme: dark');
  });
});

describe('markup', () => {
  it('escapes what comes from outside, in text and in attributes', () => {
    expect(text('a < b & "c"')).toBe('a &lt; b &amp; &quot;c&quot;');
    expect(element('a', { href: '"><b>' }, text('<i>'))).toBe('<a href="&quot;&gt;&lt;b&gt;">&lt;i&gt;</a>');
  });

  it('writes numbers with two decimals', () => {
    expect(element('p', { x: 1 / 3 })).toBe('<p x="0.33"></p>');
  });
});
