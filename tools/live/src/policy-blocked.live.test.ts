import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { observe } from './counters.ts';
import type { Observer } from './counters.ts';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

const HIDES = `version: 1
default: cached
rules:
  - { match: { path: ['busy/there', 'calm/there'] }, action: hide }
`;

/** As in sleeping-lower.live.test.ts: a creation sleeps, and keeps its directory locked in the kernel above us. */
describe.skipIf(!existsSync('/dev/loop-control'))(
  'a policy applied while the kernel has a directory locked [needs loop devices]',
  () => {
    let base: string;
    let lower: string;
    let daemon: RunningDaemon;
    let observer: Observer;

    beforeAll(async () => {
      base = mkdtempSync('/var/tmp/sluice-blocked-');
      lower = join(base, 'lower');
      mkdirSync(lower);
      const made = await sh(
        `truncate -s 64M ${base}/image && mkfs.ext4 -q ${base}/image && mount -o loop ${base}/image ${lower}`,
      );
      expect(made).toMatchObject({ code: 0 });
      for (const name of ['busy', 'calm']) {
        mkdirSync(join(lower, 'tree', name), { recursive: true });
        writeFileSync(join(lower, 'tree', name, 'there'), 'here');
      }
      writeFileSync(join(base, 'hides.yaml'), HIDES);
      const source = join(lower, 'tree');
      daemon = await startDaemon({ source, policy: 'none', timeoutSeconds: 600, workers: 3 });
      observer = observe(daemon);
    });

    afterAll(async () => {
      await sh(`fsfreeze -u ${lower}; true`);
      observer.close();
      await daemon.stop();
      await sh(`umount ${lower}`);
      rmSync(base, { recursive: true, force: true });
    });

    it('is in force and answered all the same, and the kernel forgets what it has to when it can', async () => {
      const { mount } = daemon;
      const lookups = async (): Promise<number> => (await observer.counters()).requests['LOOKUP'] ?? 0;
      await sh(`stat ${mount}/busy/there ${mount}/calm/there`);
      expect(await sh(`fsfreeze -f ${lower}`)).toMatchObject({ code: 0 });
      const sleeper = sh(`echo 1 > ${mount}/busy/first`);
      await new Promise((resolve) => setTimeout(resolve, 300));
      const startedAt = performance.now();
      const applied = await daemon.json('policy', 'apply', join(base, 'hides.yaml'));
      expect(performance.now() - startedAt).toBeLessThan(8000);
      expect(applied).toMatchObject({ version: 2, change: { invalidatedEntries: 2, incomplete: true } });
      // Nobody else waits meanwhile: the daemon answers, and so does the volume.
      expect(await daemon.json('explain', 'calm/there')).toMatchObject({ action: 'hide', policyVersion: 2 });
      expect(await sh(`ls ${mount}/calm`, { timeoutMs: 5000 })).toMatchObject({ code: 0 });
      expect(await sh(`fsfreeze -u ${lower}`)).toMatchObject({ code: 0 });
      expect(await sleeper).toMatchObject({ code: 0 });
      for (const name of ['busy', 'calm']) {
        await expect
          .poll(async () => {
            const before = await lookups();
            await sh(`stat ${mount}/${name}/there`);
            return (await lookups()) - before;
          })
          .toBeGreaterThan(0);
      }
    });
  },
);
