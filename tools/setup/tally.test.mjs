import { describe, expect, it } from 'vitest';
import { addTallies, closingLine, tallyOfCheck, tallyOfReport } from './tally.mjs';

function file(status, ...tests) {
  return { status, assertionResults: tests.map((it) => ({ status: it })) };
}

describe('the tally of a report', () => {
  it('counts tests that were not run, for whatever reason, as skipped', () => {
    const report = {
      testResults: [file('passed', 'passed', 'pending', 'todo', 'skipped'), file('passed', 'passed')],
    };
    expect(tallyOfReport(report, { ok: true })).toEqual({ passed: 2, failed: 0, skipped: 3 });
  });

  it('counts each failed test', () => {
    const report = { testResults: [file('failed', 'passed', 'failed', 'failed')] };
    expect(tallyOfReport(report, { ok: false })).toEqual({ passed: 1, failed: 2, skipped: 0 });
  });

  it('counts a file that cannot be loaded as one failure', () => {
    const report = { testResults: [file('failed'), file('passed', 'passed')] };
    expect(tallyOfReport(report, { ok: false })).toEqual({ passed: 1, failed: 1, skipped: 0 });
  });

  it('counts a file whose hook failed beside tests that were skipped for it', () => {
    const report = { testResults: [file('failed', 'skipped', 'skipped'), file('failed', 'failed')] };
    expect(tallyOfReport(report, { ok: false })).toEqual({ passed: 0, failed: 2, skipped: 2 });
  });

  it('counts a run that failed though every test passed as one failure', () => {
    expect(tallyOfReport({ testResults: [file('passed', 'passed')] }, { ok: false })).toEqual({
      passed: 1,
      failed: 1,
      skipped: 0,
    });
  });

  it('counts a run without a report as one failure', () => {
    expect(tallyOfReport(undefined, { ok: false })).toEqual({ passed: 0, failed: 1, skipped: 0 });
  });
});

describe('the closing line', () => {
  it('is over all stages', () => {
    const stages = [
      tallyOfCheck({ ok: true }),
      tallyOfCheck({ ok: false }),
      { passed: 7, failed: 2, skipped: 3 },
    ];
    expect(closingLine(addTallies(stages))).toBe('8 passed, 3 failed, 3 skipped');
  });
});
