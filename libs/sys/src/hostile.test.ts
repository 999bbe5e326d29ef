import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { nativeAddonPath } from './load.ts';

const folder = mkdtempSync(join(tmpdir(), 'sluice-hostile-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Report {
  readonly problems: readonly string[];
  readonly succeeded: readonly string[];
}

const ROUNDS = 3000;
/** A megabyte (blocks of 512 bytes) is the largest file the process may make, whatever size it asks for. */
const LIMITED = 'ulimit -f 2048; exec "$@"';

function sweep(seed: number): { ended: unknown; report: Report } {
  const place = join(folder, String(seed));
  const work = join(place, 'work');
  const report = join(place, 'report.json');
  mkdirSync(work, { recursive: true });
  // Plain files: the process may do to its standard streams what it does to any descriptor.
  const stdio = ['in', 'out', 'err'].map((name) => openSync(join(place, name), 'w+'));
  const script = join(import.meta.dirname, 'hostile-sweep.mjs');
  const words = [script, nativeAddonPath(), work, report, String(seed), String(ROUNDS)];
  const { status, signal } = spawnSync('sh', ['-c', LIMITED, 'sh', process.execPath, ...words], {
    stdio,
    timeout: 50_000,
    killSignal: 'SIGKILL',
  });
  for (const fd of stdio) closeSync(fd);
  const said = readFileSync(join(place, 'err'), 'utf8');
  const ended = { status, signal, said };
  if (status !== 0) return { ended, report: { problems: ['no report'], succeeded: [] } };
  return { ended, report: JSON.parse(readFileSync(report, 'utf8')) as Report };
}

describe('hostile arguments', () => {
  for (const seed of [1, 20_260_801]) {
    it(`to every call give a number and touch no memory outside the arena (seed ${seed})`, () => {
      const { ended, report } = sweep(seed);
      expect(ended).toEqual({ status: 0, signal: null, said: '' });
      expect(report.problems).toEqual([]);
      // Were all calls refused at the door, nothing would have been tried.
      expect(report.succeeded.length).toBeGreaterThan(40);
    });
  }
});
