/** The device suite: what goes wrong on the way. Each time the device is as before or fully deployed. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, variant } from './device-suite-runner.ts';
import type { Tally, User } from './device-suite-runner.ts';

/** A push of programs is larger than this, whatever it was compressed to. */
const IN_THE_PUSH_BYTES = 120_000;

export async function trouble(tally: Tally, user: User, bundle: string, work: string): Promise<void> {
  const { device } = user;
  let made = 0;
  /** A build that the device does not have. */
  const another = (): string => {
    const mark = `another build ${++made}`;
    return variant(bundle, `${work}/another-${made}`, {
      'app/sluiced.cjs': `\n// ${mark}\n`,
      'app/sluice.cjs': `\n// ${mark}\n`,
      'app/volume-server.cjs': `\n// ${mark}\n`,
    });
  };
  const current = async (): Promise<string> => (await user.root('readlink /data/adb/sluice/current')).trim();
  const serves = async (): Promise<{ version: string; repaired: string }> => {
    const { version, repaired, daemon } = await user.json('device', 'status');
    expect(daemon?.volumes[0]?.state === 'serving', `nothing serves: ${JSON.stringify(daemon)}`);
    expect((await current()).endsWith(version), 'status tells of another version');
    return { version, repaired };
  };
  const clean = async (): Promise<void> => {
    const left = await user.root(
      'cd /data/adb/sluice && ls -d versions/*.part runtime/*.part change/journal 2> /dev/null; true',
    );
    expect(left === '', `left behind: ${left}`);
  };

  await tally.check(
    'the cable is pulled in the middle of a push: as before, and the next one goes on',
    async () => {
      const before = await current();
      const build = another();
      const { code, stderr } = await user.interrupted(
        ['device', 'deploy', '--bundle', build],
        'Sending',
        () => device.cutCable(IN_THE_PUSH_BYTES),
      );
      expect(code === 1 && stderr.includes('the device is as before'), `exit ${code}: ${stderr}`);
      await device.plugCable();
      expect((await current()) === before, 'another version is in use');
      await serves();
      const report = await user.json('device', 'deploy', '--bundle', build);
      expect((await current()).endsWith(report.id), 'it is not deployed');
      await clean();
    },
  );

  for (const [when, delayMs] of [
    ['at the change of version', 0],
    ['while the daemon stops', 600],
    ['while the new version starts', 2500],
  ] as const) {
    await tally.check(`the cable is pulled ${when}: the device goes through with it by itself`, async () => {
      const before = await current();
      const { code, stderr } = await user.interrupted(
        ['device', 'deploy', '--bundle', another()],
        'Changing the version',
        async () => {
          await sleep(delayMs);
          await device.cutCable();
        },
      );
      expect(code === 1, `exit ${code}: ${stderr}`);
      await device.plugCable();
      const { version } = await serves();
      const isAsBefore = before.endsWith(version);
      const previous = (await user.root('readlink /data/adb/sluice/previous')).trim();
      expect(
        isAsBefore || previous === before,
        `neither before nor after: ${version}, and ${previous} before it`,
      );
      const journal = await user.root('ls /data/adb/sluice/change/journal 2> /dev/null; true');
      expect(journal === '', 'a journal is left');
    });
  }

  await tally.check('the power goes in the middle of a change: the next command undoes it', async () => {
    const before = await current();
    const { code } = await user.interrupted(
      ['device', 'deploy', '--bundle', another()],
      'Changing the version',
      async () => {
        const deadline = Date.now() + 20_000;
        const journal = 'ls /data/adb/sluice/change/journal 2> /dev/null; true';
        while ((await user.root(journal)) === '' && Date.now() < deadline) await sleep(20);
        await device.reset();
      },
    );
    expect(code === 1, `exit ${code}`);
    const { repaired } = await serves();
    expect(repaired === 'undone', `repair: ${repaired}`);
    expect((await current()) === before, 'another version is in use');
  });

  await tally.check('the disk is full: as before, and nothing half is left', async () => {
    const before = await current();
    await user.root('dd if=/dev/zero of=/data/local/tmp/fill bs=1M 2> /dev/null; sync; true');
    const { code, message } = await user.refused('device', 'deploy', '--bundle', another());
    expect(code === 'no-space' && message.includes('as before'), `${code}: ${message}`);
    await user.root('rm /data/local/tmp/fill');
    expect((await current()) === before, 'another version is in use');
    await clean();
    await serves();
  });

  await tally.check(
    'the disk becomes full in the middle of a push: as before, and nothing half is left',
    async () => {
      const before = await current();
      // Room for what is announced, but not for long: so much, in a file too large to arrive at once.
      const large = variant(bundle, `${work}/large`, {
        'app/sluice.cjs': `\n// ${randomBytes(15 << 20).toString('hex')}\n`,
      });
      const most = `$(($(df -k /data | tail -n 1 | awk '{ print $(NF - 2) }') / 1024 - 80))`;
      await user.root(`dd if=/dev/zero of=/data/local/tmp/most bs=1M count=${most} 2> /dev/null; sync`);
      const { code, stderr } = await user.interrupted(
        ['device', 'deploy', '--bundle', large],
        'Sending',
        async () => {
          await user.root('dd if=/dev/zero of=/data/local/tmp/fill bs=1M 2> /dev/null; true');
        },
      );
      await user.root('rm -f /data/local/tmp/most');
      await user.root('rm -f /data/local/tmp/fill');
      expect(
        code === 1 && stderr.includes('no space') && stderr.includes('as before'),
        `exit ${code}: ${stderr}`,
      );
      expect((await current()) === before, 'another version is in use');
      await clean();
      await serves();
    },
  );

  await tally.check('a bundle for another CPU is refused', async () => {
    await user.root('setprop ro.product.cpu.abi armeabi-v7a');
    const { code, message } = await user.refused('device', 'deploy', '--bundle', bundle);
    await user.root('setprop ro.product.cpu.abi arm64-v8a');
    expect(code === 'wrong-abi' && message.includes('as before'), `${code}: ${message}`);
  });
}
