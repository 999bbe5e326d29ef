import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { LEFT_OUT, readReport, SELECTIONS } from './live-suite.ts';

describe('vitest’s report', () => {
  const result = (name: string, ...statuses: string[]): object => ({
    name: `/sluice/tools/live/src/${name}`,
    assertionResults: statuses.map((status) => ({
      fullName: `${name} ${status}`,
      status,
      duration: 2000,
      failureMessages: ['why'],
    })),
  });

  it('becomes an outcome a test, and counts what skipped itself', () => {
    const report = JSON.stringify({
      testResults: [result('a.test.ts', 'passed', 'failed', 'skipped', 'pending')],
    });
    expect(readReport(report, ['a.test.ts'])).toEqual({
      outcomes: [
        { name: 'a.test.ts passed', error: null, seconds: 2 },
        { name: 'a.test.ts failed', error: 'why' },
      ],
      skipped: 2,
    });
  });

  it('fails for a file that did not run or has no test', () => {
    const report = JSON.stringify({ testResults: [result('empty.test.ts')] });
    const { outcomes } = readReport(report, ['empty.test.ts', 'gone.test.ts']);
    expect(outcomes).toEqual([
      { name: 'empty.test.ts', error: 'did not run' },
      { name: 'gone.test.ts', error: 'did not run' },
    ]);
  });
});

describe('the live tests', () => {
  it('are each selected for machines or left out with a reason', () => {
    const live = fileURLToPath(new URL('../../live/src', import.meta.url));
    const files = readdirSync(live, { recursive: true, encoding: 'utf8' }).filter((name) =>
      name.endsWith('.live.test.ts'),
    );
    const named = [...SELECTIONS['passthrough-selection'], ...Object.keys(LEFT_OUT)];
    expect(files.sort()).toEqual(named.sort());
  });
});
