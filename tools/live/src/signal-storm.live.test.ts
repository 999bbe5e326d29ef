import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compileExerciser } from './exercisers/compile.ts';
import { run, sh } from './index.ts';
import { startPlayedVolume } from './played-volume.ts';
import type { PlayedVolume } from './played-volume.ts';

const FILES = 40;
const PROCESSES = 6;
const SECONDS = 6;

describe('opens under a storm of signals', () => {
  let directory: string;
  let program: string;
  let volume: PlayedVolume;

  beforeAll(async () => {
    directory = mkdtempSync('/var/tmp/sluice-storm-');
    program = await compileExerciser('storm', directory);
    volume = await startPlayedVolume({}, 'all');
    for (let i = 0; i < FILES; i++) writeFileSync(join(volume.source, `file-${i}`), 'calm');
  });
  afterAll(async () => {
    await volume.stop();
    rmSync(directory, { recursive: true });
  });

  it.each([
    ['that interrupt', 0],
    ['that interrupt, and kill', 1],
  ])('%s: no call fails, no open file and no registration is left behind', async (_, killed) => {
    const before = volume.statistics();
    const words = [volume.mount, FILES, PROCESSES, SECONDS, killed].map(String);
    const result = await run(program, words, { timeoutMs: 60_000 });
    expect(result).toMatchObject({ code: 0, stderr: '' });
    const [opens = 0, signals = 0] = result.stdout.split(',').map((part) => parseInt(part, 10));
    expect(opens).toBeGreaterThan(3_000);
    expect(signals).toBeGreaterThan(3_000);
    const after = volume.statistics();
    console.log(result.stdout.trim(), JSON.stringify([after.opens, after.registrations, after.undelivered]));
    expect(after.faults).toBe(0);
    expect(after.opens.failed).toBe(before.opens.failed);
    expect(after.opens.passthrough - before.opens.passthrough).toBeGreaterThanOrEqual(opens);
    await expect.poll(() => volume.statistics().openFiles, { timeout: 10_000 }).toBe(0);
  });

  it('and once the files are gone nothing is registered any more, and no descriptor is held', async () => {
    expect(await sh(`rm -f ${volume.mount}/*`)).toMatchObject({ code: 0, stderr: '' });
    expect(readdirSync(volume.source)).toEqual([]);
    const left = async (): Promise<object> => {
      await sh('echo 2 > /proc/sys/vm/drop_caches');
      const { registrations, nodes, openFiles } = volume.statistics();
      return { live: registrations.live, stranded: registrations.stranded, nodes, openFiles };
    };
    await expect
      .poll(left, { timeout: 10_000, interval: 200 })
      .toEqual({ live: 0, stranded: 0, nodes: 1, openFiles: 0 });
    const held = readdirSync(`/proc/${volume.serverPid}/fd`).length;
    expect(held).toBeLessThan(64);
  });
});
