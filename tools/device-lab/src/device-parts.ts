/** What the device machine is made of: an arm64 kernel, busybox, adbd with its libraries; and adb for the host. */
import { chmodSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApt } from './apt.ts';
import type { Apt } from './apt.ts';
import { cacheDirectory, cached } from './cache.ts';
import { libraryClosure } from './device-libraries.ts';
import { LabFailure } from './failure.ts';
import { fetchKernel } from './kernels.ts';
import type { Kernel, KernelSeries } from './kernels.ts';
import { missingPrograms } from './programs.ts';

const KERNEL: KernelSeries = {
  name: '6.12',
  pin: 'linux-image-6.12.117+deb12-cloud-arm64',
  series: /^linux-image-6\.12\.\d+\+deb\d+-cloud-arm64$/,
};
/** adb and adbd speak with each other best in one version; backports has the newer one of both. */
const BACKPORTS = 'bookworm-backports';
const DEVICE_TRIPLET = 'aarch64-linux-gnu';
const HOST_TRIPLET = 'x86_64-linux-gnu';
/** Of the host's own C library, which its loader demands in its own version. */
const C_LIBRARY = /^(ld-linux|lib(c|m|dl|pthread|rt|resolv)\.so)/;

const PROGRAMS: Readonly<Record<string, string>> = {
  'apt-get': 'apt',
  'dpkg-deb': 'dpkg',
  'mkfs.ext4': 'e2fsprogs',
  'qemu-system-aarch64': 'qemu-system-arm',
  readelf: 'binutils',
  setpriv: 'util-linux',
  xz: 'xz-utils',
};

export interface DeviceParts {
  kernel: Kernel;
  /** Static, for arm64. */
  busybox: Buffer;
  /** The directory of adbd, its loader and its libraries. */
  adbd: string;
  /** The directory of a program `adb`, to be put first on a PATH. */
  adb: string;
}

/** One sentence that names what the host lacks for a device machine; undefined if all is there. */
export function missingForDevices(path?: string): string | undefined {
  if (process.arch !== 'x64')
    return `The device machine takes adb for x86-64 from Debian, and this host is ${process.arch}.`;
  return missingPrograms(path, PROGRAMS, 'The device machine');
}

/** Fetches what the cache lacks; `progress` is told what takes time. Throws a {@link LabFailure} that names what cannot be had. */
export async function openDeviceParts(
  progress: (what: string) => void = () => undefined,
): Promise<DeviceParts> {
  const missing = missingForDevices();
  if (missing !== undefined) throw new LabFailure(missing);
  const cache = cacheDirectory();
  const opened = new Map<string, Promise<Apt>>();
  const apt = (architecture: string): Promise<Apt> => {
    const known = opened.get(architecture);
    if (known !== undefined) return known;
    progress(`reading Debian’s package lists for ${architecture}`);
    const opening = openApt(cache, architecture);
    opened.set(architecture, opening);
    return opening;
  };
  progress('the device’s kernel');
  const kernel = await fetchKernel(cache, () => apt('arm64'), KERNEL);
  const busybox = await cached(cache, 'busybox-arm64', 'directory', async (directory) => {
    await (await apt('arm64')).unpack(['busybox-static'], directory);
  });
  progress('adbd and adb');
  const adbd = await cached(cache, 'adbd-arm64-1', 'directory', async (directory) => {
    await gather(
      await apt('arm64'),
      'adbd',
      'usr/lib/android-sdk/platform-tools/adbd',
      DEVICE_TRIPLET,
      directory,
    );
  });
  const adb = await cached(cache, 'adb-amd64-1', 'directory', async (directory) => {
    await gather(
      await apt('amd64'),
      'adb',
      'usr/lib/android-sdk/platform-tools/adb',
      HOST_TRIPLET,
      directory,
    );
    wrap(directory);
  });
  return { kernel, busybox: readFileSync(join(busybox, 'bin/busybox')), adbd, adb };
}

/** Puts a program of a package and every library it needs into one flat directory. */
async function gather(
  apt: Apt,
  name: string,
  program: string,
  triplet: string,
  directory: string,
): Promise<void> {
  const root = `${directory}.unpacked`;
  try {
    await apt.unpackWithDependencies([name], root, BACKPORTS);
    const libraries = await libraryClosure(root, join(root, program), triplet);
    cpSync(join(root, program), join(directory, name), { dereference: true });
    chmodSync(join(directory, name), 0o755);
    for (const [library, path] of libraries) {
      cpSync(path, join(directory, library));
      chmodSync(join(directory, library), 0o755);
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
}

/** The host's program, behind a script that names its libraries: it starts itself again, so a loader's line will not do. */
function wrap(directory: string): void {
  const libraries = join(directory, 'lib');
  mkdirSync(libraries);
  cpSync(join(directory, 'adb'), join(libraries, 'adb'));
  for (const name of readdirSync(directory).filter((entry) => entry.includes('.so'))) {
    if (!C_LIBRARY.test(name)) cpSync(join(directory, name), join(libraries, name));
    rmSync(join(directory, name));
  }
  const script = `#!/bin/sh
here=$(dirname "$(readlink -f "$0")")
LD_LIBRARY_PATH="$here/lib" exec "$here/lib/adb" "$@"
`;
  rmSync(join(directory, 'adb'), { force: true });
  writeFileSync(join(directory, 'adb'), script, { mode: 0o755 });
}
