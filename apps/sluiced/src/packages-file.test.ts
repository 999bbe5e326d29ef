import { appendFileSync, mkdtempSync, renameSync, rmSync, unlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Log } from './log.ts';
import { PackagesFile } from './packages-file.ts';

let directory: string;
let file: string;
let lines: string[];
let changes: number;
let packages: PackagesFile;

const log = {
  info: (text: string) => void lines.push(`info ${text}`),
  warn: (text: string) => void lines.push(`warn ${text}`),
} as unknown as Log;

function open(): void {
  packages = new PackagesFile(file, log, () => changes++);
  packages.watch();
}

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-packages-'));
  file = join(directory, 'packages.list');
  lines = [];
  changes = 0;
});
afterEach(() => {
  packages.close();
  rmSync(directory, { recursive: true });
});

function replace(text: string): void {
  writeFileSync(`${file}.new`, text);
  renameSync(`${file}.new`, file);
}

describe('the list of packages', () => {
  it('is followed through renames, one after the other', async () => {
    replace('a 10001\n');
    open();
    expect(packages.table?.get('a')).toEqual([10_001]);
    for (const id of [10_002, 10_003]) {
      replace(`a ${id}\n`);
      await expect.poll(() => packages.table?.get('a')).toEqual([id]);
    }
    expect(changes).toBe(2);
  });

  it('may be written in place, and come later', async () => {
    open();
    expect(packages.table).toBeUndefined();
    expect(lines[0]).toMatch(/^warn .*ENOENT.*: rules about packages match nobody$/);
    writeFileSync(file, 'a 10001\n');
    await expect.poll(() => packages.table?.size).toBe(1);
    appendFileSync(file, 'b 10002\n');
    await expect.poll(() => packages.table?.size).toBe(2);
  });

  it('stays when it is gone, and does not count as changed when it comes back the same', async () => {
    replace('a 10001\n');
    open();
    unlinkSync(file);
    await expect.poll(() => lines.at(-1)).toMatch(/the last list stays$/);
    replace('a 10001\n');
    await expect.poll(() => lines.at(-1)).toMatch(/^info packages: 1 in /);
    expect([packages.table?.size, changes]).toEqual([1, 0]);
  });

  it('is told of where a line makes no sense', () => {
    replace('a 10001\n?? 1\n');
    open();
    expect(lines).toContain(
      `warn packages: ${file}:2: a package name has letters, digits, ".", "_" and "-" alone`,
    );
  });
});
