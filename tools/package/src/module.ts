/**
 * The module for Magisk and KernelSU: a zip that installs everything by itself. It holds the arm64 bundle as plain zip
 * entries: a zip is what installers unpack for certain, while Android's own tools have no xz.
 */
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execute } from '@sluice/device-lab';
import { MANIFEST_FILE, listFiles } from './manifest.ts';
import type { Manifest, ManifestFile } from './manifest.ts';

export interface ModuleParts {
  /** Has `app`, `bin`, `runtime` and the manifest. */
  bundle: string;
  manifest: Manifest;
  /** The version's directory on a device. */
  id: string;
  /** The directory of the module's own files. */
  scripts: string;
  /** Where `update.json` and new zips will be found: a URL without a slash at its end. */
  updateUrl: string | undefined;
  /** Of every entry, in seconds since 1970. */
  time: number;
}

/** What `updateJson` of module.prop leads to (Magisk's developer guide, "module.prop"). */
export interface UpdateDescription {
  version: string;
  versionCode: number;
  zipUrl: string;
  changelog: string;
}

/** 1.2.3 is 1002003. Throws an Error for a version of another form. */
export function versionCode(version: string): number {
  const numbers = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})(?:-.*)?$/.exec(version)?.slice(1).map(Number);
  if (numbers === undefined) throw new Error(`the version ${version} is not of the form 1.2.3`);
  return numbers.reduce((code, number) => code * 1000 + number, 0);
}

export function moduleProperties(version: string, updateUrl: string | undefined): string {
  if (updateUrl !== undefined && !/^https:\/\/[^\s]+[^/\s]$/.test(updateUrl)) {
    throw new Error(
      `"${updateUrl}" cannot be where updates are: https://HOST/PATH without a slash at its end`,
    );
  }
  const lines = [
    'id=sluice',
    'name=Sluice',
    `version=v${version}`,
    `versionCode=${versionCode(version)}`,
    'author=The Sluice authors',
    'description=Android storage daemon: FUSE with kernel passthrough. Now: starts with the next boot',
    ...(updateUrl === undefined ? [] : [`updateJson=${updateUrl}/update.json`]),
  ];
  return lines.map((line) => `${line}\n`).join('');
}

export function updateDescription(version: string, updateUrl: string): UpdateDescription {
  return {
    version: `v${version}`,
    versionCode: versionCode(version),
    zipUrl: `${updateUrl}/${moduleName(version)}`,
    changelog: `${updateUrl}/CHANGELOG.md`,
  };
}

export function moduleName(version: string): string {
  return `sluice-${version}-module.zip`;
}

/** Makes the zip: the same bytes from the same files, times and scripts. */
export async function makeModule(parts: ModuleParts, output: string): Promise<void> {
  const { bundle, manifest, id, scripts, updateUrl, time } = parts;
  const staging = mkdtempSync(join(tmpdir(), 'sluice-module-'));
  try {
    cpSync(scripts, staging, { recursive: true });
    cpSync(bundle, join(staging, 'payload'), { recursive: true });
    writeFileSync(join(staging, 'module.prop'), moduleProperties(manifest.version, updateUrl));
    writeFileSync(join(staging, 'skip_mount'), '');
    const sums = manifest.files.map(({ sha256, path }) => `${sha256}  ${path}\n`);
    writeFileSync(join(staging, 'payload.sha256'), sums.join(''));
    writeFileSync(join(staging, 'payload.conf'), configuration(id, manifest, join(bundle, MANIFEST_FILE)));
    const names = listFiles(staging).map(({ path }) => path);
    for (const path of names) {
      chmodSync(join(staging, path), executable(path, manifest.files) ? 0o755 : 0o644);
      utimesSync(join(staging, path), time, time);
    }
    mkdirSync(dirname(output), { recursive: true });
    await zip(staging, names, output);
  } finally {
    rmSync(staging, { recursive: true, force: true });
  }
}

/** For customize.sh, which sources it: nothing in it needs quotes. */
function configuration(id: string, manifest: Manifest, manifestPath: string): string {
  const bytes = manifest.files.reduce((sum, { size }) => sum + size, statSync(manifestPath).size);
  // A block of 4 KiB may be used to its half by each file.
  const kib = Math.ceil(bytes / 1024) + manifest.files.length * 4;
  return `SLUICE_ID=${id}\nSLUICE_RUNTIME=${manifest.runtime.id}\nSLUICE_KIB=${kib}\n`;
}

function executable(path: string, files: readonly ManifestFile[]): boolean {
  if (path === 'META-INF/com/google/android/update-binary') return true;
  return files.some((file) => `payload/${file.path}` === path && file.mode === '755');
}

async function zip(directory: string, names: readonly string[], output: string): Promise<void> {
  const temporary = `${output}.${process.pid}.part`;
  const list = join(directory, '..', `${process.pid}.module-names`);
  try {
    rmSync(temporary, { force: true });
    writeFileSync(list, names.map((name) => `${name}\n`).join(''));
    // Without extra fields, and with times in UTC: nothing of this machine is in it.
    const script = 'cd "$1" && exec zip -X -9 -q -@ - < "$2" > "$3"';
    const env = { ...process.env, TZ: 'UTC', ZIPOPT: '', LC_ALL: 'C' };
    await execute('sh', ['-c', script, 'sh', directory, list, temporary], { env });
    renameSync(temporary, output);
  } finally {
    for (const file of [temporary, list]) rmSync(file, { force: true });
  }
}
