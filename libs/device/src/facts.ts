/** What a device is, asked by one script. Nothing is changed. */
import { DeviceFailure } from './failure.ts';
import type { RootManager, RootShell, RootWay } from './root-shell.ts';
import type { Cpu } from './manifest.ts';

export interface DeviceFacts {
  serial: string;
  root: RootWay;
  manager: RootManager;
  /** `Pixel 7`, Android's own properties; empty where there is no getprop. */
  model: string;
  android: string;
  /** Android's ABI, or the kernel's machine where there is no getprop. */
  abi: string;
  /** Undefined: there is no bundle for such a CPU. */
  cpu: Cpu | undefined;
  kernel: string;
  selinux: { mode: 'enforcing' | 'permissive' | 'absent'; domain: string };
  data: { fileSystem: string; freeBytes: number };
  fuse: {
    device: boolean;
    /** Other FUSE mounts: type and mount point, as the mount table has them. */
    mounts: { type: string; mountPoint: string }[];
  };
  /** Programs that deployment needs and the device lacks. */
  missingTools: string[];
  bootCompleted: boolean;
  /** User 0 has unlocked the screen since the boot, so that /data/media can be read. */
  userUnlocked: boolean;
  /** Seconds since the boot. */
  uptimeSeconds: number;
}

/** All are in toybox (since Android 9) and busybox. */
const NEEDED = ['sha256sum', 'readlink', 'find', 'setsid', 'mount', 'umount', 'sed', 'grep', 'df', 'tr'];

const SCRIPT = `
prop() { command -v getprop >/dev/null 2>&1 && getprop "$1"; }
echo "model=$(prop ro.product.model)"
echo "android=$(prop ro.build.version.release)"
echo "abi=$(prop ro.product.cpu.abi)"
echo "machine=$(uname -m)"
echo "kernel=$(uname -r)"
if [ -r /sys/fs/selinux/enforce ]; then echo "enforce=$(cat /sys/fs/selinux/enforce)"; fi
echo "domain=$( (tr -d '\\000' < /proc/self/attr/current) 2>/dev/null)"
# Of the mounts that hold /data, the last of the deepest.
for at in /data /; do
  type=$(while read -r _ point type _; do [ "$point" = "$at" ] && echo "$type"; done < /proc/1/mounts | tail -n 1)
  [ -n "$type" ] && break
done
echo "data=$type"
echo "free=$(df -k /data 2>/dev/null | tail -n 1 | sed 's/  */ /g' | cut -d ' ' -f 4)"
[ -c /dev/fuse ] && echo device=1
grep -E '^[^ ]+ [^ ]+ fuse' /proc/1/mounts | while read -r _ point type _; do echo "mount=$type $point"; done
for tool in ${NEEDED.join(' ')}; do command -v $tool >/dev/null 2>&1 || echo "missing=$tool"; done
if command -v getprop >/dev/null 2>&1; then
  [ "$(prop sys.boot_completed)" = 1 ] && echo booted=1
  [ "$(prop sys.user.0.ce_available)" = true ] && echo unlocked=1
  [ "$(prop ro.crypto.state)" = unencrypted ] && echo unlocked=1
else
  echo booted=1
  echo unlocked=1
fi
read -r up _ < /proc/uptime && echo "uptime=$up"
true`;

const CPUS: Readonly<Record<string, Cpu>> = {
  'arm64-v8a': 'arm64',
  aarch64: 'arm64',
  x86_64: 'x64',
};

export async function readFacts(root: RootShell): Promise<DeviceFacts> {
  const lines = (await root.text(SCRIPT, { purpose: 'the questions about the device' })).split('\n');
  const all = (key: string): string[] =>
    lines.filter((line) => line.startsWith(`${key}=`)).map((line) => line.slice(key.length + 1).trim());
  const one = (key: string): string => all(key)[0] ?? '';
  const abi = one('abi') || one('machine');
  const enforce = one('enforce');
  return {
    serial: root.serial,
    root: root.way,
    manager: root.manager,
    model: one('model'),
    android: one('android'),
    abi,
    cpu: Object.hasOwn(CPUS, abi) ? CPUS[abi] : undefined,
    kernel: one('kernel'),
    selinux: {
      mode: enforce === '1' ? 'enforcing' : enforce === '0' ? 'permissive' : 'absent',
      domain: one('domain'),
    },
    data: { fileSystem: one('data'), freeBytes: Number(one('free')) * 1024 || 0 },
    fuse: {
      device: one('device') === '1',
      mounts: all('mount').map((line) => {
        const [type = '', mountPoint = ''] = line.split(' ');
        return { type, mountPoint };
      }),
    },
    missingTools: all('missing'),
    bootCompleted: one('booted') === '1',
    userUnlocked: all('unlocked').length > 0,
    uptimeSeconds: Number(one('uptime')) || 0,
  };
}

/** @throws DeviceFailure if this device cannot run a bundle for `cpu`. */
export function requireRunnable(facts: DeviceFacts, cpu: Cpu): void {
  const { serial, abi } = facts;
  if (facts.cpu !== cpu) {
    const fits =
      facts.cpu === undefined
        ? 'there is no bundle for it'
        : `build one with npm run package -- ${facts.cpu}`;
    throw new DeviceFailure('wrong-abi', `the bundle is for ${cpu}, and ${serial} is ${abi}`, {
      advice: fits,
    });
  }
  if (facts.missingTools.length > 0)
    throw new DeviceFailure('missing-tool', `${serial} has no ${facts.missingTools.join(', ')}`, {
      advice: 'Android 9 or later has them, and so has busybox from a root manager',
    });
  if (!facts.fuse.device)
    throw new DeviceFailure('missing-tool', `${serial} has no /dev/fuse: its kernel has no FUSE`, {
      advice: 'a kernel with CONFIG_FUSE_FS is needed',
    });
}

/** Shared storage is not there before. @throws DeviceFailure once `withinMs` has gone by. */
export async function waitForStorage(root: RootShell, withinMs: number): Promise<void> {
  const deadline = Date.now() + withinMs;
  for (;;) {
    const facts = await readFacts(root);
    if (facts.bootCompleted && facts.userUnlocked) return;
    if (Date.now() > deadline) {
      const what = facts.bootCompleted ? 'its storage is locked' : 'it has not finished booting';
      const advice = facts.bootCompleted ? 'unlock its screen once' : 'wait until its home screen is there';
      throw new DeviceFailure('bad-device-state', `${root.serial} is not ready: ${what}`, { advice });
    }
    await new Promise((resolve) => setTimeout(resolve, 1000));
  }
}
