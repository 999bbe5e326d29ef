import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { buildOutputs, isBuilt, isInstalled, noteBuilt } from './freshness.mjs';

const ARCH = 'x64';
const [BEFORE, BUILT, AFTER] = [1000, 2000, 3000].map((seconds) => new Date(seconds * 1000));

let root;

/** A file of that age, and its folders as old as everything else. */
function write(path, time = BEFORE) {
  const file = join(root, path);
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, '');
  utimesSync(file, time, time);
  for (let folder = dirname(file); folder !== root; folder = dirname(folder))
    utimesSync(folder, BEFORE, BEFORE);
}

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-freshness-'));
  for (const shared of ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json', 'nx.json']) write(shared);
  for (const source of ['apps/sluiced/src/a.ts', 'libs/sys/native/a.c', 'libs/sys/build.mjs']) write(source);
  for (const output of buildOutputs(ARCH)) write(output, AFTER);
  noteBuilt(root, BUILT);
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

describe('a clone', () => {
  it('is built if no source is newer than the build', () => {
    expect(isBuilt(root, ARCH)).toBe(true);
  });

  it.each(['apps/sluiced/src/a.ts', 'libs/sys/native/a.c', 'libs/sys/build.mjs', 'package-lock.json'])(
    'is not built once %s has changed',
    (source) => {
      write(source, AFTER);
      expect(isBuilt(root, ARCH)).toBe(false);
    },
  );

  it('is not built once a source was removed', () => {
    rmSync(join(root, 'libs/sys/native/a.c'));
    expect(isBuilt(root, ARCH)).toBe(false);
  });

  it.each(buildOutputs(ARCH))('is not built without %s', (output) => {
    rmSync(join(root, output));
    expect(isBuilt(root, ARCH)).toBe(false);
  });

  it('is not built if it was built for another CPU', () => {
    expect(isBuilt(root, 'arm64')).toBe(false);
  });

  it('stays built when a test or an installed package changes', () => {
    write('apps/sluiced/src/a.test.ts', AFTER);
    write('apps/sluiced/node_modules/some/index.js', AFTER);
    expect(isBuilt(root, ARCH)).toBe(true);
  });

  it('is installed if its lockfile is no newer than the packages', () => {
    expect(isInstalled(root)).toBe(false);
    write('node_modules/.package-lock.json', BUILT);
    expect(isInstalled(root)).toBe(true);
    write('package-lock.json', AFTER);
    expect(isInstalled(root)).toBe(false);
  });
});
