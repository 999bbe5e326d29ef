/** What a bundle is made of: every file with its size, mode and SHA-256 (docs/guides/device-layout.md). */
import { createHash } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CPUS } from './cpus.ts';
import type { Cpu } from './cpus.ts';

export interface ManifestFile {
  /** Beneath the version's directory, with `/`. */
  path: string;
  /** Bytes. */
  size: number;
  /** Permission bits in octal: `644` or `755`. */
  mode: string;
  sha256: string;
}

export interface Manifest {
  format: 1;
  name: 'sluice';
  version: string;
  cpu: Cpu;
  runtime: { id: string; loader: string; versions: Readonly<Record<string, string>> };
  /** What a bundle could have and has not, with the reason. */
  absent: Readonly<Record<string, string>>;
  files: readonly ManifestFile[];
}

export const MANIFEST_FILE = 'manifest.json';
const RUNTIME = 'runtime/';

/** Every file beneath `directory` but the manifest, sorted by path. Throws an Error for a link or a special file. */
export function listFiles(directory: string): ManifestFile[] {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' });
  const files: ManifestFile[] = [];
  for (const path of names) {
    const stats = lstatSync(join(directory, path));
    if (stats.isDirectory() || path === MANIFEST_FILE) continue;
    if (!stats.isFile()) throw new Error(`${join(directory, path)} is neither a file nor a directory`);
    const content = readFileSync(join(directory, path));
    const mode = stats.mode & 0o111 ? '755' : '644';
    files.push({ path, size: content.length, mode, sha256: sha256(content) });
  }
  // By code units: the same in every locale.
  return files.sort((a, b) => (a.path < b.path ? -1 : 1));
}

/** `files`: as {@link listFiles} has them. */
export function makeManifest(
  about: { version: string; cpu: Cpu; runtimeVersions: Readonly<Record<string, string>> },
  absent: Readonly<Record<string, string>>,
  files: readonly ManifestFile[],
): Manifest {
  const { version, cpu, runtimeVersions } = about;
  return {
    format: 1,
    name: 'sluice',
    version,
    cpu,
    runtime: { id: runtimeId(files), loader: `${RUNTIME}${CPUS[cpu].loader}`, versions: runtimeVersions },
    absent,
    files,
  };
}

export function manifestText(manifest: Manifest): string {
  return `${JSON.stringify(manifest, undefined, 1)}\n`;
}

/** The name of the version's directory: `text` is the manifest's, byte for byte. */
export function versionId(version: string, text: string): string {
  return `${version}-${sha256(text).slice(0, 12)}`;
}

/** Twelve hexadecimal digits that stand for the runtime's files: equal ones are shared by versions. */
export function runtimeId(files: readonly ManifestFile[]): string {
  const lines = files
    .filter(({ path }) => path.startsWith(RUNTIME))
    .map(({ path, mode, sha256 }) => `${mode} ${sha256} ${path}\n`);
  return sha256(lines.join('')).slice(0, 12);
}

function sha256(content: Uint8Array | string): string {
  return createHash('sha256').update(content).digest('hex');
}
