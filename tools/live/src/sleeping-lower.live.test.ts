import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sh, startDaemon } from './index.ts';
import type { RunningDaemon } from './index.ts';

/** A frozen file system lets readers through and keeps every writer asleep until it is thawed (fsfreeze(8)). */
describe.skipIf(!existsSync('/dev/loop-control'))(
  'an operation that sleeps on the lower tree [needs loop devices]',
  () => {
    let base: string;
    let lower: string;
    let daemon: RunningDaemon | undefined;

    beforeAll(async () => {
      base = mkdtempSync('/var/tmp/sluice-frozen-');
      lower = join(base, 'lower');
      mkdirSync(lower);
      const made = await sh(
        `truncate -s 64M ${base}/image && mkfs.ext4 -q ${base}/image && mount -o loop ${base}/image ${lower}`,
      );
      expect(made).toMatchObject({ code: 0 });
      // Two directories: a creation keeps its own directory locked in the kernel above us, too.
      for (const name of ['busy', 'calm']) {
        mkdirSync(join(lower, 'tree', name), { recursive: true });
        writeFileSync(join(lower, 'tree', name, 'there'), 'here');
      }
      daemon = await startDaemon({
        source: join(lower, 'tree'),
        policy: 'none',
        timeoutSeconds: 0,
        workers: 3,
      });
    });

    afterAll(async () => {
      await sh(`fsfreeze -u ${lower}; true`);
      await daemon?.stop();
      await sh(`umount ${lower}`);
      rmSync(base, { recursive: true, force: true });
    });

    it('holds up nobody else', async () => {
      const mount = daemon?.mount ?? '';
      expect(await sh(`fsfreeze -f ${lower}`)).toMatchObject({ code: 0 });
      // A creation and a change of mode go to sleep in handlers that did not know they would.
      const sleepers = [sh(`echo 1 > ${mount}/busy/first`), sh(`chmod 600 ${mount}/busy/there`)];
      await new Promise((resolve) => setTimeout(resolve, 300));
      const others = await sh(
        `cat ${mount}/calm/there && stat -c %s ${mount}/calm/there && ls ${mount}/calm`,
        {
          timeoutMs: 10_000,
        },
      );
      expect(others).toMatchObject({ code: 0, stderr: '', stdout: 'here4\nthere\n' });
      expect(await sh(`fsfreeze -u ${lower}`)).toMatchObject({ code: 0 });
      for (const sleeper of sleepers) expect(await sleeper).toMatchObject({ code: 0 });
      expect(await sh(`cat ${mount}/busy/first && stat -c %a ${mount}/busy/there`)).toMatchObject({
        stdout: '1\n600\n',
      });
    });
  },
);
