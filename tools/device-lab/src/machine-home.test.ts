import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeHome } from './machine-home.ts';

describe('the directory of a machine', () => {
  let parent: string;
  beforeEach(() => {
    parent = mkdtempSync(join(tmpdir(), 'sluice-homes-'));
  });
  afterEach(() => {
    rmSync(parent, { recursive: true });
  });

  it('is there until it is removed', () => {
    const home = makeHome(parent);
    expect(existsSync(home.path)).toBe(true);
    home.remove();
    expect(existsSync(home.path)).toBe(false);
  });

  it('takes those of dead processes away, and no other', () => {
    // Above the highest process id there can be.
    const names = [
      'sluice-lab-4194305-x',
      `sluice-lab-${process.pid}-x`,
      'sluice-lab-notes',
      'other-4194305-x',
    ];
    for (const name of names) mkdirSync(join(parent, name));
    makeHome(parent).remove();
    expect(names.map((name) => existsSync(join(parent, name)))).toEqual([false, true, true, true]);
  });
});
