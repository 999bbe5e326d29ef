/**
 * More files than descriptors: a daemon that holds one per inode it was told of would fail here. 100,000 by default;
 * SLUICE_FILES asks for another number.
 */
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { python, startBothTrees } from './both-trees.ts';
import type { BothTrees } from './both-trees.ts';
import { sh } from './daemon.ts';

const FILES = Number(process.env['SLUICE_FILES'] ?? 100_000);
const FOLDERS = Math.ceil(FILES / 1000);
const OPEN_FILES = 1024;

describe(`${FILES} files and ${OPEN_FILES} descriptors`, () => {
  let trees: BothTrees;
  let mounted: string;
  let lower: string;
  let mostDescriptors = 0;
  let watch: NodeJS.Timeout;

  beforeAll(async () => {
    trees = await startBothTrees({ policy: 'all', openFiles: OPEN_FILES });
    ({ mounted, lower } = trees.make('many'));
    expect(await python('many-files.py', [lower, String(FILES)])).toMatchObject({ code: 0, stderr: '' });
    const descriptors = `/proc/${trees.daemon.volumeServerPid()}/fd`;
    watch = setInterval(() => {
      mostDescriptors = Math.max(mostDescriptors, readdirSync(descriptors).length);
    }, 20);
  });
  afterAll(async () => {
    clearInterval(watch);
    await trees.daemon.stop();
  });

  async function prints(script: string, expected: string): Promise<void> {
    const result = await sh(`set -o pipefail; ${script}`, { cwd: mounted, timeoutMs: 120_000 });
    expect(result).toMatchObject({ code: 0, stderr: '', stdout: `${expected}\n` });
  }

  it('find -type f -size -1k finds the empty ones', async () => {
    await prints('find . -type f -size -1k | wc -l', String(FILES - Math.ceil(FILES / 10)));
  });

  it('find -newer finds them all', async () => {
    await prints(
      'touch -d "1 day ago" ../reference; find . -type f -newer ../reference | wc -l',
      String(FILES),
    );
  });

  it('ls -lR lists them all', async () => {
    await prints('LC_ALL=C ls -lR . | grep -c "^-rw-.*IMG_[0-9]*.jpg$"', String(FILES));
  });

  it('those with content are read', async () => {
    await prints('find . -size +0 -type f -print0 | xargs -0 cat | wc -c', String(Math.ceil(FILES / 10) * 9));
  });

  it('rm -r removes them through the mount', async () => {
    await prints(`ls | wc -l; rm -r photos-*; ls -A ${lower} | wc -l`, `${FOLDERS}\n0`);
  });

  it('the daemon held fewer descriptors than its limit all along', () => {
    expect(mostDescriptors).toBeGreaterThan(10);
    expect(mostDescriptors).toBeLessThan(OPEN_FILES);
  });
});
