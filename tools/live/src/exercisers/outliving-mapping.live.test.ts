/**
 * A mapping made under passthrough is of the lower file alone: when its descriptor is closed, the kernel tells the daemon
 * that the file is closed, while the mapping can still write it. Later opens must agree with it whatever their mode.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from '../counters.ts';
import { run, startDaemon } from '../daemon.ts';
import { whilePolicyChanges } from './changing-policy.ts';
import { compileExerciser } from './compile.ts';

const SEED = Number(process.env['SLUICE_EXERCISE_SEED'] ?? Date.now() % 1_000_000);
/** A few are enough: mappings, what is written into them, reads, and opens of all kinds. */
const OPERATIONS = 10_000;
const ARGUMENTS = [
  String(OPERATIONS),
  '--limit=65536',
  '--without=write,append,direct-read,truncate,fallocate,copy,splice-in,sync,seek,drop',
];

let scratch: string;
let data: string;
beforeAll(async () => {
  scratch = mkdtempSync(join(tmpdir(), 'sluice-exercisers-'));
  data = await compileExerciser('data', scratch);
});
afterAll(() => {
  rmSync(scratch, { recursive: true });
});

describe.each(['/var/tmp', '/dev/shm'])('a mapping that outlives its descriptor, beneath %s', (base) => {
  it(`shows and writes what descriptors do, though reading and writing opens differ in mode (seed ${SEED})`, async () => {
    const daemon = await startDaemon({ base, policy: 'big-files' });
    try {
      const result = await run(data, [join(daemon.mount, 'file'), String(SEED), ...ARGUMENTS]);
      expect(result).toMatchObject({ stderr: '', code: 0 });
    } finally {
      await daemon.stop();
    }
  });

  it(`does so while the policy changes (seed ${SEED})`, async () => {
    const daemon = await startDaemon({ base, policy: 'all' });
    const observer = observe(daemon);
    try {
      const work = run(data, [join(daemon.mount, 'file'), String(SEED), ...ARGUMENTS]);
      const { result } = await whilePolicyChanges(observer, 20, work);
      expect(result).toMatchObject({ stderr: '', code: 0 });
    } finally {
      observer.close();
      await daemon.stop();
    }
  });
});
