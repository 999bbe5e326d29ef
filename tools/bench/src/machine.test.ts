import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { daemonBuild } from './machine.ts';

describe('the name of a build', () => {
  it('stays with the programs and changes with any of them', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-bench-build-'));
    try {
      writeFileSync(join(directory, 'a'), 'one');
      writeFileSync(join(directory, 'b'), 'two');
      const first = daemonBuild(directory);
      expect(first).toMatch(/^[0-9a-f]{12}$/);
      expect(daemonBuild(directory)).toBe(first);
      writeFileSync(join(directory, 'b'), 'three');
      expect(daemonBuild(directory)).not.toBe(first);
    } finally {
      rmSync(directory, { recursive: true });
    }
  });

  it('is not there where nothing is built', () => {
    expect(daemonBuild('/nowhere')).toBeNull();
  });
});
