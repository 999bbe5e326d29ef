/** A bundle on this side: unpacked into a directory of its own, each file compared with the manifest. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { createReadStream, lstatSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { DeviceFailure } from './failure.ts';
import { MOST_MANIFEST_BYTES, parseManifest, type BundleFile, type Manifest } from './manifest.ts';

const UNPACK_WITHIN_MS = 120_000;

export interface Bundle {
  manifest: Manifest;
  /** The manifest as a file like the others, which it cannot list itself. */
  manifestFile: BundleFile;
  /** Where a file of the manifest lies on this side. */
  pathOf(file: BundleFile): string;
  /** Removes what was unpacked. */
  close(): void;
}

/** `from`: an archive, or the directory that holds what was one. @throws DeviceFailure `bad-bundle`. */
export async function openBundle(from: string): Promise<Bundle> {
  const found = statSync(from, { throwIfNoEntry: false });
  if (found === undefined)
    throw new DeviceFailure('bad-bundle', `there is no bundle ${from}`, {
      advice: 'build it with npm run package, or name one with --bundle FILE',
    });
  if (found.isDirectory()) return checked(from, from, () => undefined);
  const directory = mkdtempSync(join(tmpdir(), 'sluice-bundle-'));
  const close = (): void => {
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    await unpack(from, directory);
    return await checked(from, directory, close);
  } catch (error) {
    close();
    throw error;
  }
}

/** tar(1) knows the compression by its first bytes, and refuses names that lead out of the directory. */
function unpack(archive: string, directory: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const words = ['-x', '-f', archive, '-C', directory, '--no-same-owner'];
    const tar = spawn('tar', words, { stdio: ['ignore', 'ignore', 'pipe'], timeout: UNPACK_WITHIN_MS });
    let said = '';
    tar.stderr.setEncoding('utf8').on('data', (text: string) => (said = (said + text).slice(-2048)));
    tar.once('error', (error) => {
      reject(
        new DeviceFailure('bad-bundle', `tar cannot be run: ${error.message}`, {
          advice: 'install tar and xz',
        }),
      );
    });
    tar.once('close', (code) => {
      if (code === 0) resolve();
      else
        reject(
          new DeviceFailure('bad-bundle', `${archive} cannot be unpacked: ${said.trim() || 'tar failed'}`),
        );
    });
  });
}

async function checked(from: string, directory: string, close: () => void): Promise<Bundle> {
  const manifestFile = join(directory, 'manifest.json');
  const size = statSync(manifestFile, { throwIfNoEntry: false })?.size ?? 0;
  if (size === 0 || size > MOST_MANIFEST_BYTES)
    throw new DeviceFailure('bad-bundle', `${from} is no bundle of Sluice: it has no manifest.json`, {
      advice: 'build one with npm run package',
    });
  const manifestText = readFileSync(manifestFile, 'utf8');
  const manifest = parseManifest(manifestText, from);
  const pathOf = ({ path }: BundleFile): string => join(directory, path);
  for (const file of manifest.files) {
    const stat = lstatSync(pathOf(file), { throwIfNoEntry: false });
    if (stat?.isFile() !== true || stat.size !== file.size || (await sha256Of(pathOf(file))) !== file.sha256)
      throw new DeviceFailure('bad-bundle', `${from}: ${file.path} is not what its manifest says`, {
        advice: 'the file is damaged: fetch or build it again',
      });
  }
  const itself = { path: 'manifest.json', size, mode: '644', sha256: await sha256Of(manifestFile) };
  return { manifest, manifestFile: itself, pathOf, close };
}

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}
