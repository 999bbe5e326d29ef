import { expect, it } from 'vitest';
import { RangeList } from '@sluice/media';
import { OpenFiles } from './open-files.ts';
import { blank } from './redacted-reads.ts';

const file = (fd: number): { fd: number; redacted: undefined } => ({ fd, redacted: undefined });

it('gives handles from 1 on, and closed ones again', () => {
  const files = new OpenFiles();
  expect(files.add(file(7))).toBe(1);
  expect(files.add(file(8))).toBe(2);
  expect(files.remove(1)?.fd).toBe(7);
  expect(files.count).toBe(1);
  expect(files.find(1)).toBeUndefined();
  expect(files.add(file(9))).toBe(1);
});

it('closes a handle once, and knows none that it has not given', () => {
  const files = new OpenFiles();
  const handle = files.add(file(3));
  expect(files.remove(handle)).toBeDefined();
  expect(files.remove(handle)).toBeUndefined();
  expect(files.find(0)).toBeUndefined();
  expect(files.find(99)).toBeUndefined();
  expect(files.count).toBe(0);
});

it('blanks what of the ranges lies in the bytes that were read, and nothing behind them', () => {
  const ranges = new RangeList();
  ranges.add(2, 4);
  ranges.add(9, 30);
  const buffer = Buffer.alloc(12, 1);
  blank(ranges, buffer, 3, 8);
  expect([...buffer]).toEqual([0, 1, 1, 1, 1, 1, 0, 0, 1, 1, 1, 1]);
});
