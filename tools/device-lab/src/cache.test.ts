import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cacheDirectory, cached, digestOf, digestOfTree } from './cache.ts';

describe('the lab’s cache', () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'sluice-cache-'));
  });
  afterEach(() => {
    rmSync(directory, { recursive: true });
  });

  it('makes an entry once', async () => {
    let made = 0;
    const make = (path: string): Promise<void> => {
      made++;
      writeFileSync(path, 'content');
      return Promise.resolve();
    };
    const path = await cached(directory, 'entry', 'file', make);
    expect(await cached(directory, 'entry', 'file', make)).toBe(path);
    expect([made, readFileSync(path, 'utf8')]).toEqual([1, 'content']);
  });

  it('keeps nothing of an entry that could not be made', async () => {
    const make = (path: string): Promise<void> => {
      writeFileSync(join(path, 'half'), '');
      return Promise.reject(new Error('stopped'));
    };
    await expect(cached(directory, 'entry', 'directory', make)).rejects.toThrow('stopped');
    expect(readdirSync(directory)).toEqual([]);
    expect(existsSync(join(directory, 'entry'))).toBe(false);
  });

  it('lies where SLUICE_LAB_CACHE says', () => {
    expect(cacheDirectory({ SLUICE_LAB_CACHE: '/somewhere' })).toBe('/somewhere');
    expect(cacheDirectory({})).toMatch(/\.cache\/sluice-device-lab$/);
  });

  it('names entries by texts and their borders, and by files with their names', () => {
    expect(digestOf('ab', 'c')).not.toBe(digestOf('a', 'bc'));
    expect(digestOf('a')).toMatch(/^[0-9a-f]{12}$/);
    writeFileSync(join(directory, 'one'), 'x');
    const before = digestOfTree(directory);
    writeFileSync(join(directory, 'two'), '');
    expect(digestOfTree(directory)).not.toBe(before);
  });
});
