/**
 * A rooted phone as far as adb and shell scripts can tell: an arm64 kernel with passthrough, a real adbd, and the places
 * that Android has. Without an Android above it: no apps, no SELinux, no vold. It ends with the process that started it.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { DeviceAdb, freePort } from './device-adb.ts';
import { DeviceCable } from './device-cable.ts';
import { makeDeviceInitramfs } from './device-initramfs.ts';
import { openDeviceParts } from './device-parts.ts';
import { deviceQemuArguments } from './device-qemu.ts';
import { makeExt4 } from './disk-image.ts';
import { LabFailure, reasonOf } from './failure.ts';
import { makeHome } from './machine-home.ts';

const BOOT_WITHIN_MS = 180_000;
const PORT_ATTEMPTS = 4;

export interface DeviceOptions {
  /** `adbd` (default): adb's shell is root's, as on userdebug builds. `su`: the user shell's, with a su. `none`: without one. */
  root?: 'adbd' | 'su' | 'none';
  /** Whose rules modules beneath /data/adb/modules are run by. Default: `magisk`. */
  manager?: 'magisk' | 'kernelsu' | 'none';
  /** What ro.product.cpu.abi says. Default: `arm64-v8a`. The machine stays what it is. */
  abi?: string;
  /** From the start until sys.boot_completed. Default: 0. */
  bootDelaySeconds?: number;
  /** Size of /data, which is a sparse file here. Default: 4096. */
  dataMib?: number;
  memoryMib?: number;
  /** The machine ends by itself after so long. Default: 3600. */
  lifetimeSeconds?: number;
  progress?: (what: string) => void;
}

export interface Device {
  /** What adb knows it by. */
  serial: string;
  /** For every program that calls adb: an adb in the PATH, a server and a home of the machine's own. */
  adbEnvironment: NodeJS.ProcessEnv;
  adb: DeviceAdb;
  cable: DeviceCable;
  /** Where the console is, from the first boot on. */
  console(): string;
  /** Of this boot (/proc/sys/kernel/random/boot_id). */
  bootId(): Promise<string>;
  /** Asks it to reboot, and waits for the next boot to be completed. */
  reboot(): Promise<void>;
  /** The same by pulling the plug: what was not synced is lost. */
  reset(): Promise<void>;
  /** For a reboot that somebody else has asked for: `before` is the boot ID before. */
  waitForBoot(before: string): Promise<void>;
  /** Cuts the cable once so many more bytes have gone to the device; resolves when it is cut. */
  cutCable(afterBytes?: number): Promise<void>;
  /** Plugs it in again, and waits for adb to answer. */
  plugCable(): Promise<void>;
  close(): Promise<void>;
}

/** Resolves once the boot is completed. Throws a {@link LabFailure} that names what the host lacks. */
export async function startDevice(options: DeviceOptions = {}): Promise<Device> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOnce(options);
    } catch (error) {
      // Somebody was faster at the port that was free.
      if (attempt === PORT_ATTEMPTS || !reasonOf(error).includes('host forwarding rule')) throw error;
    }
  }
}

async function startOnce(options: DeviceOptions): Promise<Device> {
  const { root = 'adbd', manager = 'magisk', abi = 'arm64-v8a', bootDelaySeconds = 0 } = options;
  for (const word of [abi, String(bootDelaySeconds)]) {
    if (!/^[\w.-]+$/.test(word)) throw new LabFailure(`"${word}" cannot be on a kernel's command line`);
  }
  const parts = await openDeviceParts(options.progress);
  const home = makeHome();
  let qemu: ChildProcess | undefined;
  let adb: DeviceAdb | undefined;
  let cable: DeviceCable | undefined;
  let exited: Promise<unknown> = Promise.resolve();
  const cleanUp = async (): Promise<void> => {
    qemu?.kill('SIGKILL');
    await Promise.all([exited, adb?.stop(), cable?.remove()]);
    home.remove();
  };
  try {
    const inHome = (name: string): string => join(home.path, name);
    const log = inHome('console.log');
    writeFileSync(log, '');
    await makeExt4(inHome('data.ext4'), options.dataMib ?? 4096);
    const initramfs = await makeDeviceInitramfs(parts, options.lifetimeSeconds ?? 3600);
    writeFileSync(inHome('initramfs.gz'), gzipSync(initramfs, { level: 1 }));
    const port = await freePort();
    const words = deviceQemuArguments({
      ...{ kernel: parts.kernel.image, initramfs: inHome('initramfs.gz'), dataDisk: inHome('data.ext4') },
      ...{ port, memoryMib: options.memoryMib ?? 1024, console: log, monitor: inHome('monitor') },
      switches: [
        ...[`sluice.root=${root}`, `sluice.manager=${manager}`],
        ...[`sluice.abi=${abi}`, `sluice.boot_delay=${bootDelaySeconds}`],
      ],
    });
    let said = '';
    const started = spawn('setpriv', ['--pdeathsig', 'KILL', 'qemu-system-aarch64', ...words], {
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    qemu = started;
    started.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-4096)));
    exited = new Promise((resolve) => started.once('exit', resolve).once('error', resolve));
    const laid = (cable = await DeviceCable.lay(port));
    const client = (adb = await DeviceAdb.start(parts.adb, home.path, laid.port));
    const device = machine(client, laid, log, inHome('monitor'), cleanUp);
    await Promise.race([
      device.waitForBoot(''),
      exited.then(() => {
        throw new LabFailure(`QEMU ended: ${said.trim()}`);
      }),
    ]).catch((error: unknown) => {
      throw new LabFailure(
        `${reasonOf(error)}; the console's end: ${readFileSync(log, 'latin1').slice(-2000)}`,
      );
    });
    return device;
  } catch (error) {
    await cleanUp();
    throw error;
  }
}

function machine(
  adb: DeviceAdb,
  cable: DeviceCable,
  log: string,
  monitor: string,
  close: () => Promise<void>,
): Device {
  const bootId = async (): Promise<string> =>
    (await adb.shell('cat /proc/sys/kernel/random/boot_id')).stdout.trim();
  const waitForBoot = async (before: string): Promise<void> => {
    const deadline = Date.now() + BOOT_WITHIN_MS;
    for (;;) {
      await adb.connect(Math.max(0, deadline - Date.now()));
      const { stdout } = await adb.shell('cat /proc/sys/kernel/random/boot_id; getprop sys.boot_completed');
      const [id = '', completed] = stdout.split('\n');
      if (id !== '' && id !== before && completed === '1') return;
      if (Date.now() > deadline) throw new LabFailure(`the boot was not completed: ${stdout.trim()}`);
      await new Promise((resolve) => setTimeout(resolve, 300));
    }
  };
  return {
    ...{ serial: adb.serial, adbEnvironment: adb.environment, adb, cable, bootId, waitForBoot, close },
    console: () => (existsSync(log) ? readFileSync(log, 'latin1') : ''),
    reboot: async () => {
      const before = await bootId();
      // The connection goes down with the machine, whatever its exit code then is.
      await adb.shell('if [ "$(id -u)" = 0 ]; then sync; reboot; else su -c "sync; reboot"; fi', 20_000);
      await waitForBoot(before);
    },
    reset: async () => {
      const before = await bootId();
      await tell(monitor, 'system_reset');
      await waitForBoot(before);
    },
    cutCable: (afterBytes) => cable.cut(afterBytes),
    plugCable: async () => {
      cable.plug();
      await adb.connect(BOOT_WITHIN_MS);
    },
  };
}

/** One command for QEMU's monitor. */
function tell(monitor: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(monitor);
    socket.on('error', reject);
    // It greets first, and echoes what it was told when it has read it.
    let told = '';
    socket.setEncoding('utf8').on('data', (text: string) => {
      const before = told;
      told += text;
      if (!before.includes('(qemu)') && told.includes('(qemu)')) socket.write(`${command}\n`);
      else if (told.split('(qemu)').length > 2) socket.end(resolve);
    });
  });
}
