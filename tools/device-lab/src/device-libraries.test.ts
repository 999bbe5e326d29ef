import { mkdirSync, mkdtempSync, copyFileSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { libraryClosure, neededLibraries } from './device-libraries.ts';
import { execute } from './programs.ts';

const LISTING = `
Dynamic section at offset 0x2df0 contains 27 entries:
  Tag        Type                         Name/Value
 0x0000000000000001 (NEEDED)             Shared library: [libdl.so.2]
 0x0000000000000001 (NEEDED)             Shared library: [libc.so.6]
 0x000000000000001d (RUNPATH)            Library runpath: [/usr/lib/android]
 0x000000000000000e (SONAME)             Library soname: [libbase.so.0]
`;

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-libraries-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('the libraries of a program', () => {
  it('are those that its dynamic section asks for, and no other names in it', () => {
    expect(neededLibraries(LISTING)).toEqual(['libdl.so.2', 'libc.so.6']);
  });

  it('are found with all that they need themselves, or the one that is missing is named', async () => {
    const program = realpathSync('/bin/sh');
    const [library = ''] = neededLibraries(await execute('readelf', ['-W', '-d', program]));
    await expect(libraryClosure(root, program, 'x')).rejects.toThrow(
      new RegExp(`${library}, which is not beneath`),
    );
    mkdirSync(join(root, 'lib/x'), { recursive: true });
    for (const line of (await execute('ldd', [program])).split('\n')) {
      const path = /(\/\S+) \(/.exec(line)?.[1];
      if (path !== undefined) copyFileSync(path, join(root, 'lib/x', basename(path)));
    }
    const found = await libraryClosure(root, program, 'x');
    expect(found.get(library)).toBe(join(realpathSync(root), 'lib/x', library));
    // The C library's own need.
    expect([...found.keys()].some((name) => name.startsWith('ld-linux'))).toBe(true);
  });
});
