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
const MAPPING_SECONDS = 8;
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

    it('lets every open succeed and keeps every byte right', async () => {
      const [here, elsewhere] = [join(daemon.mount, 'file'), join(daemon.source, 'file')];
      let running = true;
      const changing = (async () => {
        let count = 0;
        for (; running; count++) {
          const policy = ['none', 'all', DIRECT, 'all'][count % 4] ?? 'all';
          await observer.client.applyPolicy('live', policy, 'changing');
          await new Promise((resolve) => setTimeout(resolve, 15));
        }
        return count;
      })();
      const result = await run('python3', [PROGRAM, here, String(PROCESSES), String(SECONDS), elsewhere]);
      running = false;
      expect(await changing).toBeGreaterThan(50);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      const { rounds, records, errors } = JSON.parse(result.stdout) as Outcome;
      expect(errors).toEqual([]);
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

    it('never maps a cached page older than what the process itself wrote', async () => {
      await observer.client.applyPolicy('live', 'none', 'none');
      const [here, elsewhere] = [join(daemon.mount, 'mapped'), join(daemon.source, 'mapped')];
      const args = [PROGRAM, here, String(PROCESSES), String(MAPPING_SECONDS), elsewhere, 'mappings'];
      const result = await run('python3', args);
      expect(result).toMatchObject({ code: 0, stderr: '' });
      const { rounds, errors } = JSON.parse(result.stdout) as Outcome;
      expect(errors).toEqual([]);
      expect(rounds['write_private']).toBeGreaterThan(PROCESSES);
    });
  },
);
