/** What a device machine starts with: busybox under the names of Android's tools, adbd, guest/device, kernel modules. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { characterDevice, cpio, directory, file, symbolicLink } from './cpio.ts';
import type { DeviceParts } from './device-parts.ts';
import { modulesInOrder, modulesOf } from './kernel-modules.ts';

/** Also seen from the bundles of other tools, beside this one. */
const SCRIPTS = fileURLToPath(new URL('../../device-lab/guest/device', import.meta.url));
const MODULES = ['virtio_pci', 'virtio_blk', 'virtio_net'];
const DIRECTORIES = ['data', 'dev', 'etc', 'mnt', 'modules', 'proc', 'storage', 'sys', 'system'];
/** Without a password: su asks nobody for one, as a root manager's does once it was allowed. */
const USERS = 'root::0:0:root:/:/system/bin/sh\nshell::2000:2000:shell:/:/system/bin/sh\n';
const GROUPS = 'root:x:0:\nshell:x:2000:\n';

export async function makeDeviceInitramfs(parts: DeviceParts, lifetimeSeconds: number): Promise<Buffer> {
  const { kernel, busybox, adbd } = parts;
  const modules = await modulesInOrder(MODULES, modulesOf(kernel.modules));
  const scripts = readdirSync(SCRIPTS).filter((name) => name !== 'init');
  return cpio([
    ...DIRECTORIES.map(directory),
    ...['system/adbd', 'system/bin', 'system/lab'].map(directory),
    symbolicLink('bin', 'system/bin'),
    symbolicLink('sdcard', 'storage/self/primary'),
    characterDevice('dev/console', 5, 1),
    file('init', readFileSync(join(SCRIPTS, 'init')), 0o755),
    file('etc/passwd', USERS),
    file('etc/group', GROUPS),
    file('system/bin/busybox', busybox, 0o755),
    ...scripts.map((name) => file(`system/lab/${name}`, readFileSync(join(SCRIPTS, name)), 0o755)),
    ...readdirSync(adbd).map((name) => file(`system/adbd/${name}`, readFileSync(join(adbd, name)), 0o755)),
    file('lab.conf', `MODULES="${modules.map(({ name }) => name).join(' ')}"\nLIFETIME=${lifetimeSeconds}\n`),
    ...modules.map(({ name, content }) => file(`modules/${name}.ko`, content)),
  ]);
}
