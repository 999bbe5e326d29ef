/** Counting what passed, failed and was skipped, from exit codes and from vitest's JSON report. */

/** @typedef {{ passed: number, failed: number, skipped: number }} Tally */

/** A check is passed or failed as a whole. */
export function tallyOfCheck({ ok }) {
  return { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
}

/**
 * @param {any} report what vitest's `json` reporter wrote, undefined if it wrote none
 * @param {{ ok: boolean }} outcome how the run ended
 * @returns {Tally} A file that cannot be loaded, or whose hooks fail, counts as one failure beside its tests; so does
 *   a run that failed for a reason no test shows: an error outside of any test, a time limit, no report.
 */
export function tallyOfReport(report, outcome) {
  const tally = { passed: 0, failed: 0, skipped: 0 };
  for (const file of report?.testResults ?? []) {
    const failedBefore = tally.failed;
    for (const { status } of file.assertionResults) {
      if (status === 'passed') tally.passed++;
      else if (status === 'failed') tally.failed++;
      else tally.skipped++;
    }
    if (file.status === 'failed' && tally.failed === failedBefore) tally.failed++;
  }
  if (!outcome.ok && tally.failed === 0) tally.failed++;
  return tally;
}

/**
 * @param {any} counts what a suite of virtual machines wrote (`SLUICE_TALLY`), undefined if it wrote nothing
 * @param {{ ok: boolean, code?: number }} outcome its exit code is 2 where it cannot run, and it has said why
 * @returns {Tally}
 */
export function tallyOfMachines(counts, outcome) {
  if (outcome.code === CANNOT_RUN) return { passed: 0, failed: 0, skipped: 1 };
  const { passed = 0, failed = 0, skipped = 0 } = counts ?? {};
  return { passed, failed: failed === 0 && !outcome.ok ? 1 : failed, skipped };
}

const CANNOT_RUN = 2;

/** @param {Tally[]} tallies */
export function addTallies(tallies) {
  const sum = { passed: 0, failed: 0, skipped: 0 };
  for (const tally of tallies) for (const kind of Object.keys(sum)) sum[kind] += tally[kind];
  return sum;
}

/** @param {Tally} tally */
export function closingLine({ passed, failed, skipped }) {
  return `${passed} passed, ${failed} failed, ${skipped} skipped`;
}
