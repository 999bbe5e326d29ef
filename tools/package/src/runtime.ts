/**
 * The runtime of one CPU: Node, the C library it is linked against, and their licences, in one flat directory that works
 * wherever it lies: nothing of the device's own is linked. Node comes from its npm package, the C library from Debian;
 * both are pinned in runtime-pins.json. Made once and kept in the cache.
 */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join, relative } from 'node:path';
import { cached, digestOf, execute, openApt } from '@sluice/device-lab';
import type { Apt } from '@sluice/device-lab';
import { CPUS } from './cpus.ts';
import type { Cpu } from './cpus.ts';
import { checkIntegrity } from './integrity.ts';
import { missingLibraries } from './libraries.ts';
import { strip } from './programs.ts';
import pins from './runtime-pins.json' with { type: 'json' };

/** Changes when what is made of the same pins changes. */
const RECIPE = '2';

/** What Node is linked against; `libdl` and `libpthread` are empty since glibc 2.34, and still asked for. */
const C_LIBRARY = ['libc.so.6', 'libm.so.6', 'libdl.so.2', 'libpthread.so.0'];
const COMPILER_LIBRARIES = ['libgcc_s.so.1', 'libstdc++.so.6'];
/** What the copyright files below refer to instead of repeating it. */
const COMMON_LICENCES = ['LGPL-2.1', 'LGPL-3', 'GPL-2', 'GPL-3'];
/** gcc's is that of both libraries. */
const DOCUMENTED = ['libc6', 'gcc-12-base'];

export interface Runtime {
  directory: string;
  /** Of Node and of each Debian package. */
  versions: Readonly<Record<string, string>>;
  /** The time of its files in archives, in seconds since 1970: with the pins' own, the same files compress to the same bytes. */
  time: number;
}

/** `progress` is told what takes time. */
export async function buildRuntime(
  cpu: Cpu,
  cache: string,
  progress: (what: string) => void,
): Promise<Runtime> {
  const name = `runtime-${cpu}-${digestOf(JSON.stringify(pins), RECIPE)}`;
  const home = await cached(cache, name, 'directory', async (directory) => {
    progress(`Node ${pins.node.version} for ${CPUS[cpu].archiveName}`);
    const files = join(directory, 'runtime');
    const licences = join(files, 'licenses');
    mkdirSync(licences, { recursive: true });
    await addNode(cpu, cache, files);
    progress(`the C library for ${CPUS[cpu].archiveName}`);
    const apt = await openApt(cache, CPUS[cpu].debianArchitecture);
    const versions = await addLibraries(cpu, apt, files, progress);
    const missing = await missingLibraries(files);
    if (missing.length > 0) throw new Error(`the runtime lacks ${missing.join(', ')}`);
    writeFileSync(join(directory, 'versions.json'), JSON.stringify({ node: pins.node.version, ...versions }));
  });
  const versions = JSON.parse(readFileSync(join(home, 'versions.json'), 'utf8')) as Record<string, string>;
  return { directory: join(home, 'runtime'), versions, time: pins.time };
}

async function addNode(cpu: Cpu, cache: string, files: string): Promise<void> {
  const { version, integrity } = pins.node;
  const unpacked = mkdtempSync(join(cache, 'node-'));
  try {
    const name = `node-linux-${cpu}`;
    // npm's own settings say where from.
    const words = ['--silent', '--ignore-scripts', '--pack-destination', unpacked];
    await execute('npm', ['pack', ...words, `${name}@${version}`], { cwd: unpacked });
    const archive = join(unpacked, `${name}-${version}.tgz`);
    checkIntegrity(readFileSync(archive), integrity[cpu], `the npm package ${name} ${version}`);
    await execute('tar', ['-C', unpacked, '-xzf', archive, 'package/bin/node', 'package/LICENSE']);
    // What is left is what the dynamic linker and native addons need.
    await execute(strip(cpu), ['-o', join(files, 'node'), join(unpacked, 'package/bin/node')]);
    chmodSync(join(files, 'node'), 0o755);
    cpSync(join(unpacked, 'package/LICENSE'), join(files, 'licenses/node.txt'));
  } finally {
    rmSync(unpacked, { recursive: true, force: true });
  }
}

/** The versions that were taken. */
async function addLibraries(
  cpu: Cpu,
  apt: Apt,
  files: string,
  progress: (what: string) => void,
): Promise<Record<string, string>> {
  const { gnuTriplet, loader } = CPUS[cpu];
  const root = `${files}.debian`;
  const versions: Record<string, string> = {};
  try {
    for (const [name, pinned] of Object.entries(pins.debian)) {
      versions[name] = await unpackPinned(apt, name, pinned, root, progress);
    }
    for (const library of [loader, ...C_LIBRARY, ...COMPILER_LIBRARIES]) {
      const places = [`lib/${gnuTriplet}/${library}`, `usr/lib/${gnuTriplet}/${library}`];
      const found = places.map((place) => join(root, place)).find((path) => existsSync(path));
      if (found === undefined) throw new Error(`Debian's packages have no ${places.join(' and no ')}`);
      cpSync(realpathSync(found), join(files, library));
      chmodSync(join(files, library), library === loader ? 0o755 : 0o644);
    }
    for (const name of DOCUMENTED) {
      cpSync(inRoot(root, `usr/share/doc/${name}/copyright`), join(files, `licenses/${name}.txt`));
    }
    for (const name of COMMON_LICENCES) {
      cpSync(inRoot(root, `usr/share/common-licenses/${name}`), join(files, `licenses/${name}.txt`));
    }
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
  return versions;
}

/** Archives keep old versions for a while only: then the newest is taken, and told. */
async function unpackPinned(
  apt: Apt,
  name: string,
  pinned: string,
  root: string,
  progress: (what: string) => void,
): Promise<string> {
  const newest = await apt.version(name);
  if (newest !== pinned) {
    try {
      await apt.unpack([`${name}=${pinned}`], root);
      return pinned;
    } catch {
      progress(`Debian has ${name} ${pinned} no more, taking ${newest}`);
    }
  }
  await apt.unpack([`${name}=${newest}`], root);
  return newest;
}

/** The file itself, links followed, and never one outside of `root`. */
function inRoot(root: string, path: string): string {
  const real = realpathSync(join(root, path));
  if (relative(realpathSync(root), real).startsWith('..'))
    throw new Error(`${path} leads out of ${root}: ${real}`);
  return real;
}
