/** Everything machines are made of, fetched and built once: kernels, the test module, the disks that do not change. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openApt } from './apt.ts';
import type { Apt } from './apt.ts';
import { cacheDirectory, cached } from './cache.ts';
import { LabFailure } from './failure.ts';
import { buildFuseModule } from './fuse-module.ts';
import { fetchKernel, KERNEL_SERIES } from './kernels.ts';
import type { Kernel } from './kernels.ts';
import { missingPrograms } from './programs.ts';
import { buildPackagesImage } from './repository-images.ts';
import { buildRootImage } from './root-image.ts';

export type KernelName = keyof typeof KERNEL_SERIES;

export interface Lab {
  cache: string;
  kernels: Readonly<Record<KernelName, Kernel>>;
  /** The path of the test double's fuse.ko, for the kernel 6.1. */
  fuseModule: string;
  /** Images of the root disk and of the npm packages. */
  root: string;
  packages: string;
  busybox: Buffer;
}

/** `progress` is told what takes time. Throws a {@link LabFailure} that names what cannot be had. */
export async function openLab(progress: (what: string) => void = () => undefined): Promise<Lab> {
  if (process.arch !== 'x64')
    throw new LabFailure(`The lab's machines run this host's Node, which is for ${process.arch}, not x64.`);
  const missing = missingPrograms();
  if (missing !== undefined) throw new LabFailure(missing);
  const cache = cacheDirectory();
  let opened: Promise<Apt> | undefined;
  const apt = (): Promise<Apt> => {
    progress('reading Debian’s package lists');
    return (opened ??= openApt(cache));
  };
  progress('kernels');
  const kernels = {
    '6.1': await fetchKernel(cache, apt, KERNEL_SERIES['6.1']),
    '6.12': await fetchKernel(cache, apt, KERNEL_SERIES['6.12']),
  };
  progress('the test module');
  const fuseModule = await buildFuseModule(cache, apt, kernels['6.1']);
  progress('the root disk');
  const root = await buildRootImage(cache, apt);
  progress('the disk of npm packages');
  const packages = await buildPackagesImage(cache);
  const busybox = await cached(cache, 'busybox', 'directory', async (directory) => {
    await (await apt()).unpack(['busybox-static'], directory);
  });
  return { cache, kernels, fuseModule, root, packages, busybox: readFileSync(join(busybox, 'bin/busybox')) };
}
