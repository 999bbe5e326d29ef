/** The device suite: the daemon comes back with the device, by the root manager's module. */
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from './device-suite-runner.ts';
import type { Tally, User } from './device-suite-runner.ts';

/** Emulated, a start takes a minute where others are at work, and one that fails is tried again. */
const UP_WITHIN_MS = 240_000;

export async function bootsByItself(tally: Tally, user: User): Promise<void> {
  await tally.check('with the module, the daemon is back after a reboot', async () => {
    await user.json('device', 'boot', '--on');
    await user.device.reboot();
    const deadline = Date.now() + UP_WITHIN_MS;
    for (;;) {
      const { daemon, startsAtBoot } = await user.json('device', 'status');
      expect(startsAtBoot === true, 'the module is not there');
      if (daemon?.volumes[0]?.state === 'serving') break;
      if (Date.now() > deadline) {
        const log = await user.root('cat /data/adb/sluice/state/logs/module.log; true');
        expect(false, `nothing serves after ${UP_WITHIN_MS / 1000} s; the module said: ${log}`);
      }
      await sleep(1000);
    }
  });
}
