import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, utimesSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeArchive } from './archive.ts';
import { makeBundle } from './bundle.fixture.ts';
import { listFiles } from './manifest.ts';

const TIMES = { application: 1_800_000_000, runtime: 1_700_000_000 };
let home: string;

beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sluice-archive-'));
});

afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

async function archive(name: string, cache = 'cache'): Promise<Buffer> {
  mkdirSync(join(home, cache), { recursive: true });
  const output = join(home, `${name}.tar.xz`);
  await makeArchive(join(home, name), output, TIMES, join(home, cache));
  return readFileSync(output);
}

describe('the archive', () => {
  it('is the same bytes whenever, under whichever umask and with whichever cache it is made', async () => {
    makeBundle(join(home, 'one'));
    const before = process.umask(0o077);
    try {
      makeBundle(join(home, 'two'));
    } finally {
      process.umask(before);
    }
    chmodSync(join(home, 'two/app/sluice.cjs'), 0o600);
    chmodSync(join(home, 'two/runtime/node'), 0o700);
    utimesSync(join(home, 'two/app/sluiced.cjs'), 1, 1);
    const first = await archive('one');
    expect((await archive('two')).equals(first)).toBe(true);
    expect((await archive('two', 'empty-cache')).equals(first)).toBe(true);
  });

  it('unpacks to the files of the manifest, with their modes, in any order of the two parts’ compression', async () => {
    const { manifest } = makeBundle(join(home, 'one'));
    await archive('one');
    mkdirSync(join(home, 'out'));
    execFileSync('tar', ['-C', join(home, 'out'), '-xJf', join(home, 'one.tar.xz')]);
    expect(listFiles(join(home, 'out'))).toEqual(manifest.files);
    expect(readFileSync(join(home, 'out/manifest.json'))).toEqual(
      readFileSync(join(home, 'one/manifest.json')),
    );
  });

  it('lists its entries sorted, owned by root, at the times of their parts', async () => {
    makeBundle(join(home, 'one'));
    await archive('one');
    const listing = execFileSync('tar', ['--utc', '--full-time', '-tvJf', join(home, 'one.tar.xz')], {
      encoding: 'utf8',
    });
    const entries = listing
      .trim()
      .split('\n')
      .map((line) => line.split(/\s+/));
    const names = entries.map((words) => words[5] ?? '');
    expect(names).toEqual([...names].sort());
    expect(new Set(entries.map((words) => words[1]))).toEqual(new Set(['0/0']));
    const timeOf = (name: string): string =>
      entries
        .find((words) => words[5] === name)
        ?.slice(3, 5)
        .join(' ') ?? '';
    expect(timeOf('app/sluice.cjs')).toBe('2027-01-15 08:00:00');
    expect(timeOf('runtime/node')).toBe('2023-11-14 22:13:20');
  });

  it('leaves nothing but itself behind', async () => {
    makeBundle(join(home, 'one'));
    await archive('one');
    expect(readdirSync(home).sort()).toEqual(['cache', 'one', 'one.tar.xz']);
  });
});
