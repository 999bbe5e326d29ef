import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MeasuredCosts } from './measured-costs.ts';

const COST = { registration: 2.5, request: 11, passthroughMiB: 70, daemonMiB: 140 };

describe('measured costs', () => {
  let directory = '';
  let file = '';
  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-costs-'));
    file = join(directory, 'costs.json');
  });
  beforeEach(() => {
    rmSync(file, { force: true });
  });
  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  it('are kept over a restart, for each lower file system', () => {
    new MeasuredCosts(file).keep('ext4', COST);
    new MeasuredCosts(file).keep('tmpfs', { ...COST, registration: 1 });
    expect(new MeasuredCosts(file).find('ext4')).toEqual(COST);
    expect(new MeasuredCosts(file).find('tmpfs')?.registration).toBe(1);
    expect(new MeasuredCosts(file).find('xfs')).toBeUndefined();
  });

  it.each(['', 'not JSON', '[]', 'null', '{"x": 5}'])('are measured anew where the file holds %j', (text) => {
    writeFileSync(file, text);
    const costs = new MeasuredCosts(file);
    expect(costs.find('ext4')).toBeUndefined();
    costs.keep('ext4', COST);
    expect(costs.find('ext4')).toEqual(COST);
  });

  it('that cannot be are not believed', () => {
    for (const wrong of [-1, 'much', 1e9, null]) {
      new MeasuredCosts(file).keep('ext4', { ...COST, request: wrong as number });
      expect(new MeasuredCosts(file).find('ext4')).toBeUndefined();
    }
  });

  it('are of 32 kernels and file systems at most, the latest', () => {
    const costs = new MeasuredCosts(file);
    for (let i = 0; i < 40; i++) costs.keep(`fs-${i}`, COST);
    expect(Object.keys(JSON.parse(readFileSync(file, 'utf8')) as object)).toHaveLength(32);
    expect(costs.find('fs-39')).toEqual(COST);
    expect(costs.find('fs-7')).toBeUndefined();
  });
});
