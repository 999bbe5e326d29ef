/** What `npm test` wants to know of a suite: how many checks passed, failed and were skipped. */
import { writeFileSync } from 'node:fs';

export interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

/** As JSON into the file that SLUICE_TALLY names, where it does. */
export function writeTally({ passed, failed, skipped }: Counts): void {
  const file = process.env['SLUICE_TALLY'];
  if (file !== undefined) writeFileSync(file, JSON.stringify({ passed, failed, skipped }));
}
