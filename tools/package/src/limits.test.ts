import { describe, expect, it } from 'vitest';
import { LIMITS, exceeded, sizesOf } from './limits.ts';
import type { ManifestFile } from './manifest.ts';

const file = (path: string, size: number): ManifestFile => ({ path, size, mode: '644', sha256: '' });

describe('the size of a bundle', () => {
  it('counts what only an application’s change sends apart from the runtime', () => {
    const files = [file('app/sluiced.cjs', 3), file('bin/sluice', 2), file('runtime/node', 100)];
    expect(sizesOf(files, 40)).toEqual({ compressed: 40, unpacked: 105, application: 5 });
  });

  it('may be exactly at its limits, and not a byte beyond', () => {
    expect(exceeded({ ...LIMITS })).toEqual([]);
    for (const name of ['compressed', 'unpacked', 'application'] as const) {
      expect(exceeded({ ...LIMITS, [name]: LIMITS[name] + 1 })).toEqual([
        expect.stringMatching(new RegExp(`^${name}: .* at most `)),
      ]);
    }
  });
});
