/** The shared libraries of an unpacked program, for starting it where nothing is installed. */
import { existsSync, realpathSync } from 'node:fs';
import { join } from 'node:path';
import { LabFailure } from './failure.ts';
import { execute } from './programs.ts';

/** The names in a dynamic section, as `readelf -W -d` prints it. */
export function neededLibraries(dynamicSection: string): string[] {
  return [...dynamicSection.matchAll(/\(NEEDED\)\s+Shared library: \[([^\]]+)\]/g)].map(
    ([, name = '']) => name,
  );
}

/** Every library that `program` needs, directly or not: its name to its path beneath `root`, where packages are unpacked. */
export async function libraryClosure(
  root: string,
  program: string,
  triplet: string,
): Promise<Map<string, string>> {
  const places = [`usr/lib/${triplet}/android`, `usr/lib/${triplet}`, `lib/${triplet}`, 'lib', 'lib64'];
  const found = new Map<string, string>();
  const visit = async (file: string): Promise<void> => {
    for (const name of neededLibraries(await execute('readelf', ['-W', '-d', file]))) {
      if (found.has(name)) continue;
      const path = places.map((place) => join(root, place, name)).find((candidate) => existsSync(candidate));
      if (path === undefined) throw new LabFailure(`${file} needs ${name}, which is not beneath ${root}`);
      found.set(name, realpathSync(path));
      await visit(path);
    }
  };
  await visit(program);
  return found;
}
