/** fio, which writes blocks with checksums and reads them back, in every mode of the data path at once. */
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { hasFio } from '../fio.ts';
import { observe } from '../counters.ts';
import type { Observer } from '../counters.ts';
import { run, startDaemon } from '../daemon.ts';
import type { RunningDaemon } from '../daemon.ts';
import { whilePolicyChanges } from './changing-policy.ts';
import { JOBS, SHARED, jobFile } from './fio-jobs.ts';

const ROUNDS = Number(process.env['SLUICE_FIO_ROUNDS'] ?? 1);
const LIMIT_MS = 60_000 + ROUNDS * 60_000;
const cannotRun = hasFio() ? '' : 'fio is missing (Debian: apt-get install fio)';
const CASES = ['/var/tmp', '/dev/shm'].flatMap((base) =>
  ['passthrough', 'cached', 'direct'].map((action) => ({ base, action })),
);

interface FioReport {
  jobs: { jobname: string; error: number; total_err?: number }[];
}

describe.skipIf(cannotRun !== '').each(CASES)(
  `fio beneath $base under a policy of $action ${cannotRun}`,
  ({ base, action }) => {
    let scratch: string;
    let daemon: RunningDaemon;
    let observer: Observer;
    beforeAll(async () => {
      scratch = mkdtempSync(join(tmpdir(), 'sluice-fio-'));
      const policy = join(scratch, 'policy.yaml');
      writeFileSync(policy, `version: 1\ndefault: ${action}\nrules: []\n`);
      daemon = await startDaemon({ base, policy, guardSeconds: (LIMIT_MS * 3) / 1000 });
      observer = observe(daemon);
    });
    afterAll(async () => {
      observer.close();
      await daemon.stop();
      rmSync(scratch, { recursive: true });
    });

    function make(name: string): void {
      mkdirSync(join(daemon.mount, name));
      const shared = join(daemon.mount, name, SHARED.name);
      writeFileSync(shared, '');
      truncateSync(shared, SHARED.bytes);
    }

    async function fio(directory: string, ...args: string[]): Promise<void> {
      const jobs = join(scratch, 'jobs.fio');
      writeFileSync(jobs, jobFile(directory));
      const { code, stdout, stderr } = await run('fio', ['--output-format=json', ...args, jobs], {
        cwd: scratch, // where it would put what it received and what it expected
        timeoutMs: LIMIT_MS,
      });
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      const report = JSON.parse(stdout.slice(stdout.indexOf('{'))) as FioReport;
      expect(report.jobs).toHaveLength(JOBS);
      const failed = report.jobs.filter(({ error, total_err = 0 }) => error !== 0 || total_err !== 0);
      expect(failed.map(({ jobname, error, total_err }) => ({ jobname, error, total_err }))).toEqual([]);
    }

    it(
      'finds what it wrote, on the mount and in the lower tree',
      async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const name = `round-${round}`;
          make(name);
          await fio(join(daemon.mount, name));
          const { opens, bytesWritten } = await observer.counters();
          expect(opens[action]).toBeGreaterThanOrEqual(JOBS);
          if (action === 'passthrough') expect(bytesWritten).toBe(0);
          else expect(bytesWritten).toBeGreaterThan(JOBS << 20);
          await fio(join(daemon.source, name), '--verify_only');
          rmSync(join(daemon.mount, name), { recursive: true });
        }
      },
      LIMIT_MS,
    );

    it(
      'finds what it wrote while the policy changes',
      async () => {
        for (let round = 0; round < ROUNDS; round++) {
          const name = `changing-${round}`;
          make(name);
          await whilePolicyChanges(observer, 20, fio(join(daemon.mount, name)));
          await fio(join(daemon.source, name), '--verify_only');
          rmSync(join(daemon.mount, name), { recursive: true });
        }
      },
      LIMIT_MS,
    );
  },
);
