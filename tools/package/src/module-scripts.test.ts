import { spawn, spawnSync } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeBundle } from './bundle.fixture.ts';
import { makeModule } from './module.ts';
import { ROOT } from './root.ts';

const SCRIPTS = join(ROOT, 'tools/package/files/module');
/**
 * Instead of Node: `sluiced.cjs` is a daemon that counts its starts and lives until it is killed, or ends at once where
 * there is a file `broken`; `sluice.cjs` is a command that succeeds while such a daemon lives.
 */
const LOADER = `#!/bin/sh
state=$SLUICE_HOME/fake
for word; do case $word in
  */sluiced.cjs)
    mkdir -p "$state"
    echo start >> "$state/starts"
    [ -e "$SLUICE_HOME/broken" ] && exit 1
    echo $$ > "$state/pid"
    exec sleep 600
    ;;
  */sluice.cjs) kill -0 "$(cat "$state/pid")" 2> /dev/null; exit ;;
esac; done
`;

let home: string;
let base: string;
let zip: string;

const environment = (): NodeJS.ProcessEnv => ({
  PATH: `${join(home, 'bin')}:/usr/bin:/bin`,
  SLUICE_HOME: base,
  SLUICE_MEDIA: join(home, 'media'),
  SLUICE_BOOT_ID: join(home, 'boot_id'),
  SLUICE_PAUSE_SECONDS: '1',
  SLUICE_SETTLED_SECONDS: '2',
  SLUICE_ANSWERS_WITHIN_SECONDS: '5',
});

/** In busybox's shell, as root managers run scripts. */
function script(lines: string, env: NodeJS.ProcessEnv = {}) {
  return spawnSync('busybox', ['sh', '-c', lines], {
    encoding: 'utf8',
    timeout: 60_000,
    env: { ...environment(), ...env },
  });
}

/** start.sh, in the background. */
function spawnStart(env: NodeJS.ProcessEnv) {
  return spawn('busybox', ['sh', join(home, 'module/start.sh')], {
    stdio: 'ignore',
    env: { ...environment(), ...env },
  });
}

/** As the installer does. */
function install(arch = 'arm64') {
  const modpath = join(home, 'module');
  mkdirSync(modpath, { recursive: true });
  return script(
    `ui_print() { echo "$1"; }
     abort() { echo "$1"; exit 1; }
     unzip -o "$ZIPFILE" customize.sh -d "$TMPDIR" > /dev/null
     . "$TMPDIR/customize.sh"`,
    { ARCH: arch, MODPATH: modpath, ZIPFILE: zip, TMPDIR: home },
  );
}

const startModule = () => script(`sh ${join(home, 'module/start.sh')}`);
const flag = (name: string): string => join(base, 'module', name);
const starts = (): number =>
  existsSync(join(base, 'fake/starts'))
    ? readFileSync(join(base, 'fake/starts'), 'utf8').split('\n').length - 1
    : 0;
const description = (): string => readFileSync(join(home, 'module/module.prop'), 'utf8');
const nextBoot = (id: string): void => {
  writeFileSync(join(home, 'boot_id'), `${id}\n`);
};

function killDaemon(): void {
  const file = join(base, 'fake/pid');
  if (!existsSync(file)) return;
  try {
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
  } catch {
    // It has ended by itself.
  }
  rmSync(file);
}

beforeEach(async () => {
  home = mkdtempSync(join(tmpdir(), 'sluice-module-scripts-'));
  base = join(home, 'adb/sluice');
  mkdirSync(join(home, 'adb'));
  mkdirSync(join(home, 'media/Android'), { recursive: true });
  mkdirSync(join(home, 'bin'));
  writeFileSync(join(home, 'bin/getprop'), '#!/bin/sh\necho 1\n', { mode: 0o755 });
  nextBoot('boot-1');
  const { manifest, id } = makeBundle(join(home, 'bundle'), LOADER);
  zip = join(home, 'module.zip');
  const parts = { bundle: join(home, 'bundle'), manifest, id, scripts: SCRIPTS, updateUrl: undefined };
  await makeModule({ ...parts, time: 1_800_000_000 }, zip);
});

afterEach(() => {
  killDaemon();
  rmSync(home, { recursive: true, force: true });
});

describe('the module’s scripts', () => {
  it.each(['service.sh', 'boot-completed.sh', 'start.sh', 'uninstall.sh', 'customize.sh'])(
    '%s is understood by busybox',
    (name) => {
      expect(spawnSync('busybox', ['sh', '-n', join(SCRIPTS, name)], { encoding: 'utf8' })).toMatchObject({
        status: 0,
        stderr: '',
      });
    },
  );
});

describe('installing', () => {
  it('puts everything where deployment has it, and nothing of it into the module’s folder', () => {
    const { status, stdout } = install();
    expect({ status, stdout }).toMatchObject({ status: 0, stdout: expect.stringContaining('config.yaml') });
    const current = readlinkSync(join(base, 'current'));
    expect(current).toMatch(/^versions\/1\.2\.3-[0-9a-f]{12}$/);
    expect(readdirSync(join(base, current)).sort()).toEqual(['app', 'bin', 'manifest.json', 'runtime']);
    expect(readlinkSync(join(base, current, 'runtime'))).toMatch(/^\.\.\/\.\.\/runtime\/[0-9a-f]{12}$/);
    expect(statSync(join(base, current, 'runtime/node')).mode & 0o777).toBe(0o755);
    expect(statSync(join(base, current, 'app/sluice.cjs')).mode & 0o777).toBe(0o644);
    expect(statSync(base).mode & 0o777).toBe(0o700);
    expect(existsSync(join(base, 'previous'))).toBe(false);
    expect(readdirSync(join(base, 'versions'))).toEqual([current.slice('versions/'.length)]);
    expect(readdirSync(join(home, 'module')).sort()).toEqual([
      'boot-completed.sh',
      'module.prop',
      'sepolicy.rule',
      'service.sh',
      'skip_mount',
      'start.sh',
      'uninstall.sh',
    ]);
  });

  it('keeps the version before as the previous one, and shares its runtime', async () => {
    install();
    const before = readlinkSync(join(base, 'current'));
    const bundle = join(home, 'second');
    const { manifest } = makeBundle(bundle, LOADER);
    const parts = { bundle, manifest, id: '1.2.4-0123456789ab', scripts: SCRIPTS, updateUrl: undefined };
    await makeModule({ ...parts, time: 1_800_000_000 }, zip);
    expect(install().status).toBe(0);
    expect(readlinkSync(join(base, 'previous'))).toBe(before);
    expect(readlinkSync(join(base, 'current'))).toBe('versions/1.2.4-0123456789ab');
    expect(readdirSync(join(base, 'runtime'))).toHaveLength(1);
    // The same again changes nothing.
    expect(install().status).toBe(0);
    expect(readlinkSync(join(base, 'previous'))).toBe(before);
  });

  it('is refused on another CPU, and nothing is there then', () => {
    const { status, stdout } = install('x64');
    expect(status).toBe(1);
    expect(stdout).toMatch(/this device is x64, and the module is for arm64/);
    expect(existsSync(base)).toBe(false);
  });

  it('refuses a bundle whose bytes are not what the manifest says, and leaves what was there in use', () => {
    install();
    const before = readlinkSync(join(base, 'current'));
    const changed = join(home, 'changed');
    mkdirSync(join(changed, 'payload/app'), { recursive: true });
    writeFileSync(join(changed, 'payload/app/sluice.cjs'), '// tampered\n');
    writeFileSync(
      join(changed, 'payload.conf'),
      'SLUICE_ID=9.9.9-000000000000\nSLUICE_RUNTIME=0\nSLUICE_KIB=1\n',
    );
    spawnSync('zip', ['-q', '-r', zip, '.'], { cwd: changed });
    const { status, stdout } = install();
    expect({ status, stdout }).toMatchObject({
      status: 1,
      stdout: expect.stringContaining('the zip is damaged'),
    });
    expect(readlinkSync(join(base, 'current'))).toBe(before);
    expect(readdirSync(join(base, 'versions'))).toHaveLength(1);
  });
});

describe('a boot', () => {
  it('starts nothing as long as nothing is configured, and says so', () => {
    install();
    expect(startModule().status).toBe(0);
    expect(starts()).toBe(0);
    expect(description()).toMatch(/off: there is no .*config\.yaml/);
  });

  it('starts one daemon, whoever else asks, and forgets failures once it runs', () => {
    install();
    writeFileSync(join(base, 'config.yaml'), '');
    writeFileSync(flag('failed-starts'), '2\n');
    // KernelSU runs both; and neither may wait for the daemon.
    const both = script(
      `cd ${join(home, 'module')}; KSU=true; sh ./service.sh; sh ./boot-completed.sh; echo done`,
    );
    expect(both.stdout).toBe('done\n');
    return expect
      .poll(() => [starts(), existsSync(flag('failed-starts')), description().includes('Now: running')], {
        timeout: 20_000,
      })
      .toEqual([1, false, true]);
  });

  it('waits for the boot to be completed and the storage to be unlocked', async () => {
    install();
    writeFileSync(join(base, 'config.yaml'), '');
    writeFileSync(join(home, 'bin/getprop'), `#!/bin/sh\ncat ${join(home, 'completed')}\n`);
    writeFileSync(join(home, 'completed'), '0\n');
    rmSync(join(home, 'media/Android'), { recursive: true });
    const waiting = spawnStart({ SLUICE_SETTLED_SECONDS: '1' });
    try {
      await expect.poll(() => readdirSync(join(base, 'module'))).toContain('boot.boot-1');
      writeFileSync(join(home, 'completed'), '1\n');
      // Completed, and still locked: two looks go by.
      await new Promise((resolve) => setTimeout(resolve, 2500));
      expect(starts()).toBe(0);
      mkdirSync(join(home, 'media/Android'));
      await expect.poll(starts, { timeout: 20_000 }).toBe(1);
    } finally {
      waiting.kill('SIGKILL');
    }
  });

  it('stays off after three failed starts in a row, says so, and is on again once the flag is removed', () => {
    install();
    writeFileSync(join(base, 'config.yaml'), '');
    writeFileSync(join(base, 'broken'), '');
    expect(startModule().status).toBe(1);
    expect(starts()).toBe(3);
    expect(readFileSync(flag('failed-starts'), 'utf8')).toBe('3\n');
    expect(readFileSync(flag('disabled'), 'utf8')).toMatch(/^3 starts in a row failed; .*module\.log\n$/);
    expect(description()).toMatch(/Now: off: 3 starts in a row failed/);
    rmSync(join(base, 'broken'));
    nextBoot('boot-2');
    expect(startModule().status).toBe(0);
    expect(starts()).toBe(3);
    rmSync(flag('disabled'));
    rmSync(flag('failed-starts'));
    nextBoot('boot-3');
    expect(startModule().status).toBe(0);
    expect(starts()).toBe(4);
    expect(existsSync(flag('failed-starts'))).toBe(false);
  });

  it('counts a start that took the device down: it was on the disk before', async () => {
    install();
    writeFileSync(join(base, 'config.yaml'), '');
    for (const [boot, count] of [
      ['boot-1', 1],
      ['boot-2', 2],
    ] as const) {
      nextBoot(boot);
      const starting = spawnStart({ SLUICE_SETTLED_SECONDS: '60' });
      // Cut off while the daemon is not settled yet.
      await expect.poll(starts, { timeout: 20_000 }).toBe(count);
      starting.kill('SIGKILL');
      expect(readFileSync(flag('failed-starts'), 'utf8')).toBe(`${count}\n`);
      await expect.poll(() => existsSync(join(base, 'fake/pid')), { timeout: 20_000 }).toBe(true);
      killDaemon();
    }
  });
});

describe('removing the module', () => {
  it('removes all that was installed', () => {
    install();
    expect(script(`sh ${join(home, 'module/uninstall.sh')}`)).toMatchObject({ status: 0, stderr: '' });
    expect(existsSync(base)).toBe(false);
  });

  // Mounting needs root.
  it.skipIf(process.getuid?.() !== 0)('removes nothing while something is mounted beneath it', () => {
    install();
    mkdirSync(join(base, 'mnt'));
    chmodSync(base, 0o700);
    const mounted = spawnSync(
      'unshare',
      [
        '-m',
        'busybox',
        'sh',
        '-c',
        `mount -t tmpfs tmpfs "$SLUICE_HOME/mnt" && sh ${join(home, 'module/uninstall.sh')}`,
      ],
      { encoding: 'utf8', env: { PATH: '/usr/bin:/bin', SLUICE_HOME: base } },
    );
    expect(mounted.stderr).toMatch(/something is still mounted beneath .*; nothing was removed/);
    expect(existsSync(join(base, 'current'))).toBe(true);
  });
});
