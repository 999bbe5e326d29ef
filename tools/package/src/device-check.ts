/**
 * `node tools/package/run.mjs device-check [bundle] [module] [kinds]`: the arm64 bundle and the module in the device lab's arm64 machine, by a real adb. Prints a
 * line for each check and ends with `N passed, N failed, N skipped`; exit code 1 if anything failed, 2 if it cannot run here.
 */
import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LabFailure, startDevice } from '@sluice/device-lab';
import type { Device } from '@sluice/device-lab';
import { ownVersion } from './bundle.ts';
import { versionId } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { moduleName } from './module.ts';
import { ROOT } from './root.ts';

const BASE = '/data/adb/sluice';
const MIB = 1 << 20;
const FILE_MIB = 32;
const TRANSFER_WITHIN_MS = 180_000;
const CONFIG = `volumes:
  - name: media
    source: /data/media/0
    mount: /mnt/sluice
    policy: all
`;

const total = { passed: 0, failed: 0, skipped: 0 };

async function check(name: string, body: () => Promise<void>): Promise<void> {
  const began = performance.now();
  try {
    await body();
    total.passed++;
    console.log(`  ok      ${name} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
  } catch (error) {
    total.failed++;
    console.log(
      `  FAILED  ${name}\n${String(error instanceof Error ? error.message : error).replaceAll(/^/gm, '          ')}`,
    );
  }
}

function equal(found: unknown, wanted: unknown, what: string): void {
  const [one, other] = [JSON.stringify(found), JSON.stringify(wanted)];
  if (one !== other) throw new Error(`${what}: ${one}, and ${other} was expected`);
}

/** Of the device's shell; throws unless it succeeds. */
async function sh(device: Device, script: string, timeoutMs?: number): Promise<string> {
  const { code, stdout, stderr } = await device.adb.shell(script, timeoutMs);
  if (code !== 0) throw new Error(`exit ${code}: ${script}\n${stdout}${stderr}`);
  return stdout;
}

async function push(device: Device, from: string, to: string): Promise<void> {
  const { code, stdout, stderr } = await device.adb.run(['push', from, to], TRANSFER_WITHIN_MS);
  if (code !== 0) throw new Error(`adb push: exit ${code}\n${stdout}${stderr}`);
}

async function checkAdb(device: Device, scratch: string): Promise<void> {
  await check('the shell keeps exit codes, and errors apart from output', async () => {
    const { code, stdout, stderr } = await device.adb.shell('echo out; echo err >&2; exit 37');
    equal({ code, stdout, stderr }, { code: 37, stdout: 'out\n', stderr: 'err\n' }, 'the shell');
  });
  await check('a file comes back by push and pull as it was', async () => {
    writeFileSync(join(scratch, 'sent'), randomBytes(4 * MIB));
    await push(device, join(scratch, 'sent'), '/data/local/tmp/sent');
    equal(
      (await device.adb.run(['pull', '/data/local/tmp/sent', join(scratch, 'back')])).code,
      0,
      'adb pull',
    );
    equal(
      readFileSync(join(scratch, 'back')).equals(readFileSync(join(scratch, 'sent'))),
      true,
      'the same bytes',
    );
  });
}

/** Lays the version out as docs/guides/device-layout.md says; its id. */
async function install(device: Device, bundle: string): Promise<string> {
  const text = readFileSync(join(bundle, 'manifest.json'), 'utf8');
  const manifest = JSON.parse(text) as Manifest;
  const id = versionId(manifest.version, text);
  await sh(device, `umask 077; mkdir -p ${BASE}/versions ${BASE}/runtime ${BASE}/module`);
  await push(device, bundle, `${BASE}/versions/${id}`);
  await sh(
    device,
    `cd ${BASE} && mv versions/${id}/runtime runtime/${manifest.runtime.id} &&
     ln -s ../../runtime/${manifest.runtime.id} versions/${id}/runtime && ln -sn versions/${id} current`,
  );
  return id;
}

interface Statistics {
  volumes: {
    requests: Record<string, number>;
    opens: { passthrough?: number };
    bytesRead: number;
    bytesWritten: number;
  }[];
}

interface Status {
  volumes: { passthrough: { dialect: string; proven: boolean; evidence: string[] } }[];
}

/** What the command prints as JSON. */
async function asked(device: Device, word: string): Promise<unknown> {
  return JSON.parse(await sh(device, `sh ${BASE}/current/bin/sluice ${word} --json`));
}

async function checkServing(device: Device): Promise<void> {
  await check('the daemon starts by its own runtime and serves', async () => {
    await sh(device, `mkdir -p /mnt/sluice && echo '${CONFIG}' > ${BASE}/config.yaml`);
    await sh(
      device,
      `setsid sh ${BASE}/current/bin/sluiced < /dev/null > /data/local/tmp/sluiced.out 2>&1 &`,
    );
    await sh(
      device,
      `for i in $(seq 60); do ${BASE}/current/bin/sluice status > /dev/null 2>&1 && exit 0; sleep 1; done
       cat /data/local/tmp/sluiced.out; exit 1`,
      120_000,
    );
  });
  await check('passthrough is proven on this kernel', async () => {
    const { volumes } = (await asked(device, 'status')) as Status;
    const { dialect, proven, evidence } = volumes[0]?.passthrough ?? {};
    equal({ dialect, proven }, { dialect: 'mainline', proven: true }, (evidence ?? []).join('; '));
  });
  await check(
    `${FILE_MIB} MiB are written and read through the mount, and none of it by the daemon`,
    async () => {
      const shown = await sh(
        device,
        `dd if=/dev/urandom of=/mnt/sluice/file bs=1M count=${FILE_MIB} 2> /dev/null && sync &&
       echo 3 > /proc/sys/vm/drop_caches && sha256sum /mnt/sluice/file /data/media/0/file`,
        120_000,
      );
      const digests = shown
        .trim()
        .split('\n')
        .map((line) => line.split(' ')[0]);
      equal(digests[0], digests[1], 'through the mount and beneath it');
      const { volumes } = (await asked(device, 'stats')) as Statistics;
      const { requests = {}, opens, bytesRead, bytesWritten } = volumes[0] ?? {};
      equal(
        [requests['READ'] ?? 0, requests['WRITE'] ?? 0, bytesRead, bytesWritten],
        [0, 0, 0, 0],
        'READ, WRITE, bytes',
      );
      if (!(Number(opens?.passthrough) >= 2)) throw new Error(`opens: ${JSON.stringify(opens)}`);
    },
  );
  await check('the daemon ends when told, and leaves no mount', async () => {
    await sh(
      device,
      `kill $(cat ${BASE}/state/lock); for i in $(seq 30); do grep -q ' /mnt/sluice ' /proc/mounts || exit 0; sleep 1; done; exit 1`,
    );
  });
}

async function checkDevice(device: Device, bundle: string): Promise<void> {
  await check('a file on /data outlives a reboot, and a process does not', async () => {
    await sh(device, 'echo kept > /data/local/tmp/kept');
    await device.reboot();
    equal(await sh(device, 'cat /data/local/tmp/kept'), 'kept\n', 'the file');
    equal(await sh(device, 'grep -c /mnt/sluice /proc/mounts || true'), '0\n', 'mounts');
  });
  await check('what was synced outlives a pulled plug', async () => {
    await sh(device, 'echo kept > /data/local/tmp/synced; sync');
    await device.reset();
    equal(await sh(device, 'cat /data/local/tmp/synced'), 'kept\n', 'the file');
  });
  await check(
    'a cable cut in the middle of a push ends it with an error, and can be plugged in again',
    async () => {
      const pushing = device.adb.run(
        ['push', join(bundle, 'runtime/node'), '/data/local/tmp/node'],
        TRANSFER_WITHIN_MS,
      );
      await device.cutCable(20 * MIB);
      const { code } = await pushing;
      if (code === 0) throw new Error('adb push succeeded over a cable that was cut');
      await device.plugCable();
      await sh(device, 'rm -f /data/local/tmp/node');
    },
  );
}

/** Emulation is slow, and a start under load slower: looked at from here, so that what was seen last can be told. */
async function waitForModule(device: Device): Promise<void> {
  for (let looks = 0; looks < 120; looks++) {
    const log = await sh(device, `cat ${BASE}/log/module.log 2>&1 || true`);
    if (log.includes(' running\n')) return;
    if (log.includes(' off: ')) throw new Error(log);
    await new Promise((resolve) => setTimeout(resolve, 2000));
  }
  throw new Error(
    await sh(device, `cat ${BASE}/log/module.log; ls -l ${BASE} ${BASE}/module /data/adb/modules/*; ps`),
  );
}

async function checkModule(device: Device, zip: string): Promise<void> {
  await check('the module installs itself from its zip', async () => {
    await sh(device, `rm -rf ${BASE}`);
    await push(device, zip, '/data/local/tmp/module.zip');
    await sh(
      device,
      `export ARCH=arm64 MODPATH=/data/adb/modules_update/sluice ZIPFILE=/data/local/tmp/module.zip TMPDIR=/data/local/tmp
       mkdir -p $MODPATH && unzip -o $ZIPFILE customize.sh -d $TMPDIR > /dev/null
       busybox sh -c 'ui_print() { echo "$1"; }; abort() { echo "$1"; exit 1; }; . $TMPDIR/customize.sh'`,
      TRANSFER_WITHIN_MS,
    );
    await sh(
      device,
      `echo '${CONFIG}' | sed 's#/mnt/sluice#${BASE}/mnt#' > ${BASE}/config.yaml; mkdir ${BASE}/mnt`,
    );
  });
  await check('after the next boot the module has started the daemon, once', async () => {
    await device.reboot();
    await waitForModule(device);
    const running = await sh(device, "ps | grep -c '[a]pp/sluiced.cjs'");
    equal(running, '1\n', 'daemons');
    await sh(device, `echo through > ${BASE}/mnt/file && grep -q through /data/media/0/file`);
  });
}

/** Other kinds of phone, each a machine of its own. */
async function checkKinds(): Promise<void> {
  await check('on a production build adb’s shell is the user’s, and su makes it root’s', async () => {
    const device = await startDevice({ root: 'su', abi: 'armeabi-v7a', dataMib: 64 });
    try {
      equal(
        await sh(device, 'id -u; su -c "id -u"; getprop ro.product.cpu.abi'),
        '2000\n0\narmeabi-v7a\n',
        'who',
      );
      equal((await device.adb.shell('su -c "exit 9"')).code, 9, 'the exit code through su');
      equal((await device.adb.shell('ls /data/adb')).code === 0, false, 'the user reads /data/adb');
      const kib = Number((await sh(device, 'df -k /data | tail -n 1')).trim().split(/\s+/)[1]);
      if (!(kib > 40_000 && kib < 65_536)) throw new Error(`/data has ${kib} KiB`);
      await device.reboot();
    } finally {
      await device.close();
    }
  });
  await check('without a root manager there is no way to root', async () => {
    const device = await startDevice({ root: 'none', manager: 'none' });
    try {
      equal(await sh(device, 'id -u'), '2000\n', 'who');
      equal((await device.adb.shell('su -c "id -u"')).code === 0, false, 'su succeeds');
      equal((await device.adb.shell('busybox su -c "id -u"')).code === 0, false, 'busybox’s su succeeds');
    } finally {
      await device.close();
    }
  });
}

const SECTIONS = ['bundle', 'module', 'kinds'];

async function main(wanted: readonly string[]): Promise<number> {
  const unknown = wanted.find((word) => !SECTIONS.includes(word));
  if (unknown !== undefined) throw new LabFailure(`${unknown} is none of ${SECTIONS.join(', ')}`);
  const wants = (section: string): boolean => wanted.length === 0 || wanted.includes(section);
  const archive = join(ROOT, 'dist', `sluice-${ownVersion()}-arm64.tar.xz`);
  const zip = join(ROOT, 'dist', moduleName(ownVersion()));
  if (wants('bundle') && !existsSync(archive))
    throw new LabFailure(`there is no ${archive}: npm run package -- arm64`);
  if (wants('module') && !existsSync(zip)) throw new LabFailure(`there is no ${zip}: npm run package:module`);
  const scratch = mkdtempSync(join(tmpdir(), 'sluice-device-check-'));
  let device: Device | undefined;
  try {
    if (wants('bundle') || wants('module')) {
      const began = Date.now();
      device = await startDevice({ progress: (what) => { console.log(`preparing: ${what}`); } }); // prettier-ignore
      console.log(`  booted after ${((Date.now() - began) / 1000).toFixed(1)} s`);
      await checkAdb(device, scratch);
      if (wants('bundle')) await checkBundle(device, archive, join(scratch, 'bundle'));
      if (wants('module')) await checkModule(device, zip);
      if (total.failed > 0) console.log(`its console:\n${device.console().slice(-3000)}`);
      await device.close();
      device = undefined;
    }
    if (wants('kinds')) await checkKinds();
  } finally {
    await device?.close();
    rmSync(scratch, { recursive: true, force: true });
  }
  console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
  return total.failed > 0 ? 1 : 0;
}

async function checkBundle(device: Device, archive: string, bundle: string): Promise<void> {
  execFileSync('sh', ['-c', 'mkdir "$2" && tar -C "$2" -xJf "$1"', 'sh', archive, bundle]);
  await check('the bundle is pushed and laid out', async () => void (await install(device, bundle)));
  await checkServing(device);
  await checkDevice(device, bundle);
}

// The machine goes with this process, if it ends in order.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => process.exit(130));

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof LabFailure)) throw error;
  console.error(`The device check cannot run: ${error.message}`);
  process.exitCode = 2;
}
