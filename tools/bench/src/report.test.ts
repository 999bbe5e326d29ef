import { describe, expect, it } from 'vitest';
import { report } from './report.ts';
import { smallResults as results } from './results.fixture.ts';

describe('the report', () => {
  it('shows each arm that ran with its value, its ratios and its costs', () => {
    const text = report(results());
    expect(text).toMatch(
      /\| stat +\| us per lstat \| +2\.00 \(2\.00-2\.00\) \| +80\.0 \(80\.0-80\.0\) \| +160 \(160-160\) \|/,
    );
    expect(text).toMatch(/\| stat +\| +40\.0 \(40\.0-40\.0\) \| +80\.0 \(80\.0-80\.0\) \|/);
    expect(text).toMatch(/\| stat +\| +0\.500 \(0\.500-0\.500\) \|/);
    expect(text).toMatch(/\| stat +\| +50\.0 \| +60\.0 \|/);
    expect(text).toMatch(/\| stat +\| 2\.00: LOOKUP 2\.00 \|/);
  });

  it('shows latencies, memory and system calls of those that have them', () => {
    const text = report(results());
    expect(text).toMatch(/\| stat +\| +\| +75\.0 \/ 91\.0 \| +\|/);
    expect(text).toMatch(/\| stat +\| +70\.0 \/ 77\.0 \|/);
    // 1 of 71 calls is less than a fiftieth, and not named.
    expect(text).toMatch(/\| stat +\| plain \| +2\.00 \| +3\.55 \| statx 2\.50, read 1\.00 +\|/);
  });

  it('has a row for each number of processes', () => {
    const shared = results();
    const [first] = shared.workloads;
    if (first !== undefined) shared.workloads.push({ ...first, workload: { ...first.workload, clients: 4 } });
    expect(report(shared)).toMatch(/\| stat x4 +\| us per lstat +\|/);
  });

  it('says when there were fewer rounds than wanted', () => {
    expect(report(results())).not.toContain('was up');
    expect(report({ ...results(), rounds: 3 })).toContain('was up after 3 of 5 rounds');
  });

  it('tells what an arm failed at', () => {
    const failures = [{ arm: 'plain', workload: 'stat x4', reason: 'wrong data in f' }] as const;
    expect(report({ ...results(), failures: [...failures] })).toContain(
      'Failed: plain, stat x4: wrong data in f',
    );
  });

  it('does not speak of an arm that did not run, but says why it is left out', () => {
    const without = results();
    delete without.workloads[0]?.rounds.passthrough_ll;
    without.skipped.push({ arm: 'passthrough_ll', reason: 'it is not there' });
    const text = report(without);
    expect(text).not.toContain('libfuse');
    expect(text).toContain('Left out: passthrough_ll: it is not there');
    without.systemCalls = { counts: [], missing: 'no strace' };
    expect(report(without)).toContain('Left out: system calls: no strace');
  });

  it('names the build, and warns when it was not one', () => {
    const rebuilt = results();
    expect(report(rebuilt)).toContain('daemon build 0123456789ab');
    expect(report(rebuilt)).not.toContain('rebuilt');
    rebuilt.machine.buildChanged = true;
    expect(report(rebuilt)).toContain('the figures are not of one build');
  });

  it('describes the machine, the load, the starts and the memory', () => {
    const text = report(results());
    expect(text).toContain('2 x Fast One');
    expect(text).toContain('governor none');
    expect(text).toContain('load 1.00 before, 2.50 after');
    expect(text).toContain('Start to ready: 400 ms (300-500, 3 starts)');
    expect(text).toContain('110.0 / 70.0 (sluiced 60.0 / 40.0, volume 50.0 / 30.0)');
  });
});
