import { describe, expect, it } from 'vitest';
import { costBetween, requestsBetween } from './serving.ts';

describe('the requests between two countings', () => {
  it('are those that became more', () => {
    expect(requestsBetween({ LOOKUP: 3, OPEN: 1 }, { LOOKUP: 8, OPEN: 1, READ: 2 })).toEqual({
      LOOKUP: 5,
      READ: 2,
    });
  });
});

describe('the cost between two samples', () => {
  it('is the difference of times and requests, and the memory of the second', () => {
    const memory = { residentBytes: 1, peakBytes: 2 };
    expect(
      costBetween(
        { cpuMicroseconds: 100, requests: { READ: 1 } },
        { cpuMicroseconds: 130, requests: { READ: 4 }, memory },
      ),
    ).toEqual({ cpuMicroseconds: 30, requests: { READ: 3 }, memory });
  });

  it('is nothing where nobody serves', () => {
    expect(costBetween({}, {})).toEqual({});
  });
});
