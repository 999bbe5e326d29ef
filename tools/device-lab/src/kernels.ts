/** Debian's kernels for x86-64 virtual machines, fetched and unpacked. */
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Apt } from './apt.ts';
import { choosePackage } from './apt-sources.ts';
import { cached } from './cache.ts';
import { LabFailure } from './failure.ts';

/** Archives keep old kernels for a while only: the pin is what was tested, the series what will do. */
export interface KernelSeries {
  /** `6.1`, `6.12`. */
  name: string;
  pin: string;
  series: RegExp;
}

export const KERNEL_SERIES = {
  '6.1': {
    name: '6.1',
    pin: 'linux-image-6.1.0-56-cloud-amd64',
    series: /^linux-image-6\.1\.0-\d+-cloud-amd64$/,
  },
  '6.12': {
    name: '6.12',
    pin: 'linux-image-6.12.117+deb12-cloud-amd64',
    series: /^linux-image-6\.12\.\d+\+deb\d+-cloud-amd64$/,
  },
} as const satisfies Record<string, KernelSeries>;

export interface Kernel {
  /** As `uname -r` says. */
  release: string;
  /** The Debian package's version, which its headers and source share. */
  version: string;
  /** The path of vmlinuz. */
  image: string;
  /** The directory `lib/modules/RELEASE`. */
  modules: string;
  /** The path of the build configuration. */
  config: string;
}

/** `apt` is asked for only if the cache has no kernel of the series. */
export async function fetchKernel(
  cache: string,
  apt: () => Promise<Apt>,
  { name, pin, series }: KernelSeries,
): Promise<Kernel> {
  const home = await cached(cache, `kernel-${pin}`, 'directory', async (directory) => {
    const source = await apt();
    const chosen = choosePackage(pin, series, await source.names(`linux-image-${name}.`));
    if (chosen === undefined)
      throw new LabFailure(`Debian has no kernel image of the series ${name} for virtual machines.`);
    const version = await source.version(chosen);
    const unpacked = join(directory, 'unpacked');
    await source.unpack([`${chosen}=${version}`], unpacked);
    const release = chosen.slice('linux-image-'.length);
    cpSync(join(unpacked, 'boot', `vmlinuz-${release}`), join(directory, 'vmlinuz'));
    writeFileSync(join(directory, 'kernel.json'), JSON.stringify({ release, version }));
  });
  const { release, version } = JSON.parse(readFileSync(join(home, 'kernel.json'), 'utf8')) as Kernel;
  return {
    release,
    version,
    image: join(home, 'vmlinuz'),
    modules: join(home, 'unpacked/lib/modules', release),
    config: join(home, 'unpacked/boot', `config-${release}`),
  };
}
