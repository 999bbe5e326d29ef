/** The two disks that bring the repository into a machine: its npm packages, kept in the cache, and everything else, made afresh. */
import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  lstatSync,
  rmSync,
  symlinkSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cached, digestOf } from './cache.ts';
import { makeExt4, mibFor } from './disk-image.ts';
import { LabFailure } from './failure.ts';
import { packageClosure } from './package-closure.ts';
import type { LockPackages } from './package-closure.ts';

export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** What live tests need to run. */
const NEEDED_PACKAGES = ['vitest', '@sluice/live', '@sluice/device-lab'];
const BUILT = ['apps/sluiced/dist/sluiced.cjs', 'apps/sluice/dist/sluice.cjs', 'libs/sys/dist'];
const PARTS = [
  'apps',
  'libs',
  'tools',
  'package.json',
  'tsconfig.base.json',
  'tsconfig.json',
  'vitest.config.ts',
];
const LEFT_OUT = new Set(['node_modules', '.nx', '.sluice']);
const ROOM_MIB = 64;
/** Directories that vite writes to; guest/init mounts file systems in memory there. */
const WRITTEN = ['.vite', '.vite-temp'];

/** The packages' disk, mounted at /sluice/node_modules. */
export async function buildPackagesImage(cache: string): Promise<string> {
  const { packages } = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as {
    packages: LockPackages;
  };
  const installed = packageClosure(packages, NEEDED_PACKAGES).filter((path) => existsSync(join(ROOT, path)));
  const parts = installed.map((path) => `${path} ${JSON.stringify(packages[path])}`);
  return cached(cache, `packages-${digestOf(...WRITTEN, ...parts)}.ext4`, 'file', async (image) => {
    const tree = `${image}.tree`;
    rmSync(tree, { recursive: true, force: true });
    try {
      for (const name of WRITTEN) mkdirSync(join(tree, name), { recursive: true });
      for (const path of installed) copyPackage(path, tree);
      await makeExt4(image, await mibFor(tree), tree);
    } finally {
      rmSync(tree, { recursive: true, force: true });
    }
  });
}

/** Packages within packages come with the one that they are in, if they are needed themselves. */
function copyPackage(path: string, tree: string): void {
  const from = join(ROOT, path);
  const to = join(tree, path.slice('node_modules/'.length));
  mkdirSync(dirname(to), { recursive: true });
  if (lstatSync(from).isSymbolicLink()) symlinkSync(readlinkSync(from), to);
  else
    cpSync(from, to, {
      recursive: true,
      filter: (name) => name === from || basename(name) !== 'node_modules',
    });
}

/** The disk with sources and built programs, mounted at /sluice, and `files` (path beneath /sluice to path here). */
export async function makeRepositoryImage(
  path: string,
  files: Readonly<Record<string, string>>,
): Promise<void> {
  const missing = BUILT.find((name) => !existsSync(join(ROOT, name)));
  if (missing !== undefined) throw new LabFailure(`${missing} is not built: npm run build`);
  const tree = `${path}.tree`;
  try {
    mkdirSync(join(tree, 'node_modules'), { recursive: true });
    for (const part of PARTS) {
      cpSync(join(ROOT, part), join(tree, part), {
        recursive: true,
        filter: (name) => !LEFT_OUT.has(basename(name)),
      });
    }
    for (const [name, source] of Object.entries(files)) {
      mkdirSync(dirname(join(tree, name)), { recursive: true });
      cpSync(source, join(tree, name));
    }
    await makeExt4(path, await mibFor(tree, ROOM_MIB), tree);
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}
