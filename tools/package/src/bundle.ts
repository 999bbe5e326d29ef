/** One CPU's bundle, from the pins and the built programs to the archive. */
import { cpSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { homedir, tmpdir } from 'node:os';
import { join } from 'node:path';
import { execute } from '@sluice/device-lab';
import { ABSENT, buildApplication } from './application.ts';
import { makeArchive } from './archive.ts';
import { CPUS } from './cpus.ts';
import type { Cpu } from './cpus.ts';
import { exceeded, sizesOf } from './limits.ts';
import type { Sizes } from './limits.ts';
import { MANIFEST_FILE, listFiles, makeManifest, manifestText, versionId } from './manifest.ts';
import type { Manifest } from './manifest.ts';
import { ROOT } from './root.ts';
import { buildRuntime } from './runtime.ts';

export interface Bundle {
  cpu: Cpu;
  /** The archive's path. */
  archive: string;
  manifest: Manifest;
  /** The name of the version's directory on a device. */
  id: string;
  sizes: Sizes;
  /** A sentence for each limit that is exceeded. */
  exceeded: readonly string[];
}

/** What is fetched and compressed once. */
export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['SLUICE_PACKAGE_CACHE'] ?? join(homedir(), '.cache', 'sluice-package');
}

/** Of the repository's root package. */
export function ownVersion(): string {
  return (JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { version: string }).version;
}

/** Seconds since 1970: SOURCE_DATE_EPOCH (https://reproducible-builds.org/specs/source-date-epoch/), else the commit's time. */
export async function buildTime(env: NodeJS.ProcessEnv = process.env): Promise<number> {
  const given = env['SOURCE_DATE_EPOCH'];
  const text = given ?? (await execute('git', ['-C', ROOT, 'log', '-1', '--format=%ct'])).trim();
  if (!/^\d{1,10}$/.test(text)) {
    throw new Error(`SOURCE_DATE_EPOCH is "${text}": seconds since 1970 were expected, as in 1767225600`);
  }
  return Number(text);
}

export interface StagedBundle {
  /** Has `app`, `bin`, `runtime` and the manifest. */
  directory: string;
  manifest: Manifest;
  id: string;
  runtimeTime: number;
}

/** Puts everything of the bundle into a directory, hands it to `use`, and removes it. */
export async function withStagedBundle<T>(
  cpu: Cpu,
  progress: (what: string) => void,
  use: (staged: StagedBundle) => Promise<T>,
): Promise<T> {
  const directory = mkdtempSync(join(tmpdir(), `sluice-package-${cpu}-`));
  try {
    const runtime = await buildRuntime(cpu, cacheDirectory(), progress);
    progress(`the application for ${CPUS[cpu].archiveName}`);
    await buildApplication(cpu, directory);
    cpSync(runtime.directory, join(directory, 'runtime'), { recursive: true });
    const about = { version: ownVersion(), cpu, runtimeVersions: runtime.versions };
    const manifest = makeManifest(about, ABSENT, listFiles(directory));
    const text = manifestText(manifest);
    writeFileSync(join(directory, MANIFEST_FILE), text);
    return await use({
      ...{ directory, manifest, id: versionId(manifest.version, text), runtimeTime: runtime.time },
    });
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

/** `progress` is told what takes time. */
export async function packBundle(
  { directory, manifest, id, runtimeTime }: StagedBundle,
  output: string,
  progress: (what: string) => void,
): Promise<Bundle> {
  const { cpu } = manifest;
  const archive = join(output, `sluice-${manifest.version}-${CPUS[cpu].archiveName}.tar.xz`);
  progress(`the archive for ${CPUS[cpu].archiveName}`);
  const times = { application: await buildTime(), runtime: runtimeTime };
  await makeArchive(directory, archive, times, cacheDirectory());
  const sizes = sizesOf(manifest.files, statSync(archive).size);
  return { cpu, archive, manifest, id, sizes, exceeded: exceeded(sizes) };
}
