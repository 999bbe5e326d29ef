import { describe, expect, it } from 'vitest';
import { parseStraceSummary } from './system-calls.ts';

const SUMMARY = `% time     seconds  usecs/call     calls    errors syscall
------ ----------- ----------- --------- --------- ----------------
 41.20    0.005000          12      2274           read
 30.00    0.004000           1      2240        12 statx
  0.00    0.000000           0         1         1 restart_syscall
------ ----------- ----------- --------- --------- ----------------
100.00    0.012000           2      4515        13 total
`;

describe('the summary of strace', () => {
  it('gives the calls by name, with or without errors, and not their sum', () => {
    expect(parseStraceSummary(SUMMARY)).toEqual({ read: 2274, statx: 2240, restart_syscall: 1 });
  });

  it('may be empty', () => {
    expect(parseStraceSummary('')).toEqual({});
  });
});
