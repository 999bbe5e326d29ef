/**
 * `npm run test:device`: boots the arm64 device machine, and deploys to it, uses it, breaks it and cleans it as a user
 * would, through a real adb and adbd. A line for each check; ends with `N passed, N failed, N skipped`. Exit code 1 if anything
 * failed, 2 if the machine cannot be had here.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDevice } from './device-machine.ts';
import type { Device, DeviceOptions } from './device-machine.ts';
import { everydayLife, traces } from './device-suite-life.ts';
import { bootsByItself } from './device-suite-boot.ts';
import { expect, ROOT, Tally, User, variant } from './device-suite-runner.ts';
import { trouble } from './device-suite-trouble.ts';
import { LabFailure, reasonOf } from './failure.ts';
import { execute } from './programs.ts';
import { writeTally } from './tally-file.ts';

/** SLUICE_DEVICE_PHONES: the machines whose names match; another is not booted. */
const PHONES = new RegExp(process.env['SLUICE_DEVICE_PHONES'] ?? '');
const tally = new Tally();
let open: Device | undefined;

async function on(options: DeviceOptions, words: string, use: (user: User) => Promise<void>): Promise<void> {
  if (!PHONES.test(words)) return;
  const began = Date.now();
  const device = (open = await startDevice({ dataMib: 1024, progress: (what) => { console.log(`preparing: ${what}`); }, ...options })); // prettier-ignore
  console.log(`\n=== ${words} (ready after ${Math.round((Date.now() - began) / 1000)} s)`);
  try {
    await use(new User(device));
  } catch (error) {
    tally.failed++;
    console.log(`  FAILED  the checks on ${words} cannot go on: ${reasonOf(error)}`);
  } finally {
    open = undefined;
    await device.close();
  }
}

async function main(): Promise<void> {
  const { version } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string };
  const archive = join(ROOT, 'dist', `sluice-${version}-arm64.tar.xz`);
  if (!existsSync(archive)) throw new LabFailure(`there is no ${archive}: npm run package -- arm64`);
  const work = mkdtempSync(join(tmpdir(), 'sluice-device-suite-'));
  try {
    const first = join(work, 'first');
    await execute('mkdir', ['-p', first]);
    await execute('tar', ['-x', '-f', archive, '-C', first]);
    const second = variant(first, join(work, 'second'), {
      'app/sluiced.cjs': '\n// the second build\n',
      'app/volume-server.cjs': '\n// the second build\n',
      'app/volume-thread.cjs': '\n// the second build\n',
      'app/sluice.cjs': '\n// the second build\n',
    });
    const broken = variant(first, join(work, 'broken'), {
      'bin/place.sh': '\necho "broken on purpose" >&2; exit 1\n',
    });
    await on({}, 'a phone whose adbd is root', async (user) => {
      const before = await traces(user);
      await everydayLife(tally, user, { first, second, broken });
      await trouble(tally, user, first, work);
      await bootsByItself(tally, user);
      await tally.check('remove leaves nothing', async () => {
        await user.json('device', 'remove');
        const after = await traces(user);
        expect(after === before, `before:\n${before}\nafter:\n${after}`);
      });
    });
    await on({ root: 'su' }, 'a phone with a root manager', async (user) => {
      const before = await traces(user);
      await tally.check('deploy, status and remove go through su', async () => {
        const { volumes } = await user.json('device', 'deploy', '--bundle', first);
        expect(volumes[0].passthrough.proven === true, JSON.stringify(volumes));
        const { facts } = await user.json('device', 'doctor');
        expect(facts.root === 'su -c', facts.root);
        await user.json('device', 'remove');
        expect((await traces(user)) === before, 'something is left');
      });
    });
    await on({ root: 'none' }, 'a phone without root', async (user) => {
      await tally.check('a device without root is refused, and told how to be rooted', async () => {
        const { code, message } = await user.refused('device', 'deploy', '--bundle', first);
        expect(code === 'no-root' && message.includes('Magisk') && message.includes('as before'), message);
      });
    });
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const began = Date.now();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.on(signal, () => {
    void (open?.close() ?? Promise.resolve()).then(() => process.exit(130));
  });
}
try {
  await main();
  console.log(`\n${tally.figures.join('\n')}`);
  console.log(`\nall ${Math.round((Date.now() - began) / 1000)} s`);
  console.log(`${tally.passed} passed, ${tally.failed} failed, ${tally.skipped} skipped`);
  writeTally(tally);
  process.exitCode = tally.failed > 0 || tally.passed === 0 ? 1 : 0;
} catch (error) {
  if (!(error instanceof LabFailure)) throw error;
  console.error(`The device suite cannot run: ${error.message}`);
  process.exitCode = 2;
}
