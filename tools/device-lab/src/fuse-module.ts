/** The test module: Debian's fs/fuse with the double of test-fuse/ built in, for exactly one kernel. */
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Apt } from './apt.ts';
import { cached, digestOfTree } from './cache.ts';
import type { Kernel } from './kernels.ts';
import { execute } from './programs.ts';

const DOUBLE = fileURLToPath(new URL('../test-fuse', import.meta.url));

/** The path of fuse.ko. `apt` is asked for only if source or headers are not in the cache. */
export async function buildFuseModule(
  cache: string,
  apt: () => Promise<Apt>,
  kernel: Kernel,
): Promise<string> {
  const name = `fuse-${kernel.version}-${digestOfTree(DOUBLE)}.ko`;
  return cached(cache, name, 'file', async (path) => {
    const source = await fetchSource(cache, apt, kernel);
    const headers = await fetchHeaders(cache, apt, kernel);
    const work = `${path}.build`;
    rmSync(work, { recursive: true, force: true });
    try {
      cpSync(source, work, { recursive: true });
      for (const file of readdirSync(DOUBLE).filter((name) => /\.[ch]$/.test(name)))
        cpSync(join(DOUBLE, file), join(work, file));
      await execute('patch', ['-s', '-p3', '-d', work, '-i', join(DOUBLE, 'hooks.patch')]);
      await execute('make', [
        ...['-s', '-j2', '-C', headers, `M=${work}`],
        ...['CONFIG_FUSE_FS=m', 'CONFIG_VIRTIO_FS=n', 'CONFIG_CUSE=n', 'modules'],
      ]);
      // Debug information is nine tenths of it.
      await execute('strip', ['--strip-debug', '-o', path, join(work, 'fuse.ko')]);
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  });
}

function series(kernel: Kernel): string {
  return kernel.release.split('.').slice(0, 2).join('.');
}

/** The directory fs/fuse of the kernel's source. */
function fetchSource(cache: string, apt: () => Promise<Apt>, kernel: Kernel): Promise<string> {
  return cached(cache, `fuse-source-${kernel.version}`, 'directory', async (directory) => {
    const name = `linux-source-${series(kernel)}`;
    const unpacked = `${directory}.unpacked`;
    try {
      await (await apt()).unpack([`${name}=${kernel.version}`], unpacked);
      await execute('tar', [
        ...['-C', directory, '--strip-components=3', '-xJf', join(unpacked, `usr/src/${name}.tar.xz`)],
        `${name}/fs/fuse`,
      ]);
    } finally {
      rmSync(unpacked, { recursive: true, force: true });
    }
  });
}

/** The directory to build modules in. */
async function fetchHeaders(cache: string, apt: () => Promise<Apt>, kernel: Kernel): Promise<string> {
  const own = `linux-headers-${kernel.release}`;
  // The flavour's own files, those all flavours share, and the build scripts.
  const common = `linux-headers-${kernel.release.replace(/-cloud-amd64$/, '-common')}`;
  const home = await cached(cache, `headers-${kernel.version}`, 'directory', async (directory) => {
    const packages = [own, common, `linux-kbuild-${series(kernel)}`];
    await (
      await apt()
    ).unpack(
      packages.map((name) => `${name}=${kernel.version}`),
      directory,
    );
    // The one absolute path in them; the links between them are relative.
    const makefile = join(directory, 'usr/src', own, 'Makefile');
    const text = readFileSync(makefile, 'utf8').replaceAll(
      '/usr/src/',
      '$(dir $(lastword $(MAKEFILE_LIST)))../',
    );
    writeFileSync(makefile, text);
  });
  return join(home, 'usr/src', own);
}
