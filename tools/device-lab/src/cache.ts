/**
 * What is fetched or built once and used by every run: files and directories beneath one cache directory, each named by
 * what it was made of. An entry appears whole or not at all, so a run that was stopped leaves no half of one.
 */
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

export function cacheDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return env['SLUICE_LAB_CACHE'] ?? join(homedir(), '.cache', 'sluice-device-lab');
}

/** Twelve hexadecimal digits that stand for these texts and their order. */
export function digestOf(...texts: readonly string[]): string {
  const hash = createHash('sha256');
  for (const text of texts) hash.update(`${Buffer.byteLength(text)}\n${text}`);
  return hash.digest('hex').slice(0, 12);
}

/** The digest of every file beneath a directory: names and contents. */
export function digestOfTree(directory: string): string {
  const names = readdirSync(directory, { recursive: true, encoding: 'utf8' }).sort();
  const files = names.filter((name) => statSync(join(directory, name)).isFile());
  return digestOf(...files.flatMap((name) => [name, readFileSync(join(directory, name), 'latin1')]));
}

/**
 * The path of the entry `name`, made first by `make` if it is not there. `make` is handed the path of an empty directory
 * to fill, or of a file to write, as `kind` says; what it throws, this throws.
 */
export async function cached(
  directory: string,
  name: string,
  kind: 'directory' | 'file',
  make: (path: string) => Promise<void>,
): Promise<string> {
  const path = join(directory, name);
  if (existsSync(path)) return path;
  const growing = `${path}.${process.pid}.part`;
  mkdirSync(kind === 'directory' ? growing : directory, { recursive: true });
  try {
    await make(growing);
    // Another run may have been faster; its entry is as good.
    if (!existsSync(path)) renameSync(growing, path);
  } finally {
    rmSync(growing, { recursive: true, force: true });
  }
  return path;
}
