import { describe, expect, it } from 'vitest';
import { addTallies, closingLine, tallyOfCheck, tallyOfMachines, tallyOfReport } from './tally.mjs';

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

describe('the tally of a suite of machines', () => {
  const counts = { passed: 5, failed: 0, skipped: 1 };

  it('is what the suite counted', () => {
    expect(tallyOfMachines(counts, { ok: true, code: 0 })).toEqual(counts);
    const failed = { passed: 5, failed: 2, skipped: 0 };
    expect(tallyOfMachines(failed, { ok: false, code: 1 })).toEqual(failed);
  });

  it('has a failure where the suite ended badly without counting one', () => {
    expect(tallyOfMachines(undefined, { ok: false, code: 1 })).toEqual({ passed: 0, failed: 1, skipped: 0 });
    expect(tallyOfMachines(counts, { ok: false })).toEqual({ passed: 5, failed: 1, skipped: 1 });
  });

  it('is one that was skipped where the suite cannot run', () => {
    expect(tallyOfMachines(undefined, { ok: false, code: 2 })).toEqual({ passed: 0, failed: 0, skipped: 1 });
  });
});
