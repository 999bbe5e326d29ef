/**
 * Debian packages without touching the system: an apt configuration of the lab's own, with lists, state and archives in
 * the cache directory. apt verifies what it fetches by the archive's signatures.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { KEYRING, sourceLines, TARGET_FORMAT } from './apt-sources.ts';
import { LabFailure, reasonOf } from './failure.ts';
import { execute } from './programs.ts';

export interface Apt {
  /** Names of packages that begin so and can be had. */
  names(prefix: string): Promise<string[]>;
  /** The version that would be fetched. */
  version(name: string): Promise<string>;
  /** Fetches exactly these (`name` or `name=version`) and unpacks them over one another into `directory`. */
  unpack(packages: readonly string[], directory: string): Promise<void>;
  /** The same with all they depend on, as if nothing were installed. `release`: the suite that goes before the others. */
  unpackWithDependencies(packages: readonly string[], directory: string, release?: string): Promise<void>;
}

/**
 * Reads the lists afresh. `architecture`: as Debian names it, and the only one whose packages can be had. Throws a {@link LabFailure}
 * where the system is no Debian or its sources do not answer.
 */
export async function openApt(cache: string, architecture = 'amd64'): Promise<Apt> {
  const home = join(cache, architecture === 'amd64' ? 'apt' : `apt-${architecture}`);
  for (const directory of ['lists/partial', 'cache']) mkdirSync(join(home, directory), { recursive: true });
  const codename = /^VERSION_CODENAME="?([a-z]+)"?$/m.exec(readFileSync('/etc/os-release', 'utf8'))?.[1];
  const targets = await execute('apt-get', [
    ...['indextargets', '--no-release-info', '--format', TARGET_FORMAT, 'Created-By: Packages'],
  ]);
  const keyring = existsSync(KEYRING) ? KEYRING : undefined;
  const lines = codename === undefined ? [] : sourceLines(targets, codename, keyring);
  if (lines.length === 0) {
    throw new LabFailure(
      `The lab takes its kernels from Debian, and the apt sources here have no Debian ${codename ?? 'release'}.`,
    );
  }
  const list = join(home, 'sources.list');
  writeFileSync(list, `${lines.join('\n')}\n`);
  writeFileSync(join(home, 'nothing-installed'), '');
  const options = [
    ['Dir::Etc::SourceList', list],
    ['Dir::Etc::SourceParts', '/dev/null'],
    ['Dir::State', home],
    ['Dir::State::Lists', join(home, 'lists')],
    ['Dir::State::status', join(home, 'nothing-installed')],
    ['Dir::Cache', join(home, 'cache')],
    ['APT::Sandbox::User', 'root'],
    ['APT::Architecture', architecture],
    ['APT::Architectures', architecture],
    ['APT::Install-Recommends', 'false'],
  ].flatMap(([name, value]) => ['-o', `${name}=${value}`]);
  const apt = async (program: string, words: readonly string[], cwd = home): Promise<string> => {
    try {
      return await execute(program, [...options, ...words], { cwd });
    } catch (error) {
      // apt's own words name hosts; the lab's messages and CI's log need not.
      const words = reasonOf(error).split('\n').slice(1).join('\n');
      throw new LabFailure(
        `${program} failed:\n${words.replaceAll(/\b(https?|ftp):\/\/[^\s/]+/g, '$1://…')}`,
      );
    }
  };
  await apt('apt-get', ['-qq', 'update']);

  /** Has `fetch` put packages into a directory, and unpacks them. */
  const unpackFetched = async (
    directory: string,
    fetch: (archives: string) => Promise<unknown>,
  ): Promise<void> => {
    const archives = `${directory}.archives`;
    mkdirSync(join(archives, 'partial'), { recursive: true });
    try {
      await fetch(archives);
      for (const name of readdirSync(archives).sort()) {
        if (name.endsWith('.deb')) await execute('dpkg-deb', ['-x', join(archives, name), directory]);
      }
    } finally {
      rmSync(archives, { recursive: true, force: true });
    }
  };

  return {
    names: async (prefix) => {
      const names = (await apt('apt-cache', ['pkgnames', prefix])).split('\n').filter(Boolean);
      if (names.length === 0) return [];
      return (await apt('apt-cache', ['policy', ...names]))
        .split(/^(?=\S)/m)
        .filter((policy) => !policy.includes('Candidate: (none)'))
        .map((policy) => policy.slice(0, policy.indexOf(':\n')));
    },
    version: async (name) => {
      const shown = await apt('apt-cache', ['show', '--no-all-versions', name]);
      const version = /^Version: (\S+)$/m.exec(shown)?.[1];
      if (version === undefined) throw new LabFailure(`Debian has no package ${name}`);
      return version;
    },
    unpack: (packages, directory) =>
      unpackFetched(directory, (archives) => apt('apt-get', ['-qq', 'download', ...packages], archives)),
    unpackWithDependencies: (packages, directory, release) =>
      unpackFetched(directory, (archives) =>
        apt('apt-get', [
          ...['-o', `Dir::Cache::archives=${archives}`],
          ...(release === undefined ? [] : ['-t', release]),
          ...['-qq', '--yes', '--download-only', 'install', ...packages],
        ]),
      ),
  };
}
