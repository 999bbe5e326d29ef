import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { run, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const PROGRAM = fileURLToPath(new URL('./mixed-opens.py', import.meta.url));
const PROCESSES = 50;
const SECONDS = 10;
const MAPPING_SECONDS = 5;
const DIRECT = 'version: 1\ndefault: direct\nrules: []\n';

interface Outcome {
  rounds: Record<string, number>;
  records: number;
  errors: string[];
}

describe.each([
  { base: '/var/tmp', workers: 2 },
  { base: '/dev/shm', workers: 4 },
])(
  `one file, ${PROCESSES} processes, the policy changed all the time, beneath $base with $workers workers`,
  ({ base, workers }) => {
    let daemon: RunningDaemon;
    let observer: Observer;
    beforeAll(async () => {
      daemon = await startDaemon({ base, policy: 'all', workers });
      observer = observe(daemon);
    });
    afterAll(async () => {
      observer.close();
      await daemon.stop();
    });

    /** Runs the program while the policies follow one another. Its result, and how often the policy changed. */
    async function use(
      file: string,
      policies: readonly string[],
      seconds: number,
      ...ways: string[]
    ): Promise<{ outcome: Outcome; changes: number }> {
      const [here, elsewhere] = [join(daemon.mount, file), join(daemon.source, file)];
      const args = [PROGRAM, here, String(PROCESSES), String(seconds), elsewhere, ...ways];
      let running = true;
      const changing = (async () => {
        let count = 0;
        for (; running; count++) {
          await observer.client.applyPolicy('live', policies[count % policies.length] ?? '', 'changing');
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        return count;
      })();
      const result = await run('python3', args, { timeoutMs: 90_000 });
      running = false;
      const changes = await changing;
      expect(result).toMatchObject({ code: 0, stderr: '' });
      return { outcome: JSON.parse(result.stdout) as Outcome, changes };
    }

    it('lets every open succeed and keeps every byte right', async () => {
      const { outcome, changes } = await use('file', ['none', 'all', DIRECT, 'all'], SECONDS);
      const { rounds, records, errors } = outcome;
      expect(errors).toEqual([]);
      expect(changes).toBeGreaterThan(50);
      expect(records).toBeGreaterThan(PROCESSES);
      expect(Object.keys(rounds)).toHaveLength(7);

      const { opens, reasons, registrations } = await observer.counters();
      console.log(JSON.stringify({ rounds, records, opens, reasons, registrations }));
      expect(opens['failed']).toBe(0);
      expect(registrations.failed).toBe(0);
      for (const mode of ['passthrough', 'cached', 'direct']) expect(opens[mode], mode).toBeGreaterThan(0);
      for (const reason of ['inode-cached', 'inode-direct', 'inode-passthrough', 'default']) {
        expect(reasons[reason], reason).toBeGreaterThan(0);
      }
      const sum = (tally: Record<string, number>): number =>
        Object.values(tally).reduce((total, count) => total + count, 0);
      expect(sum(reasons)).toBe(sum(opens));
    }, 120_000);

    it.each([
      ['cached opens only', ['none']],
      ['cached and passthrough opens', ['none', 'all']],
    ])('never maps a page older than what the process itself wrote, with %s', async (what, policies) => {
      const { outcome } = await use(what, policies, MAPPING_SECONDS, 'mappings');
      expect(outcome.errors).toEqual([]);
      expect(outcome.rounds['write_private']).toBeGreaterThan(PROCESSES);
    });
  },
);
