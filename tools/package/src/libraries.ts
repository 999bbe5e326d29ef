/** Which shared libraries the programs of a directory ask for. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { execute, neededLibraries } from '@sluice/device-lab';

/** What files of `directory` are linked against and is not in it, sorted. */
export async function missingLibraries(directory: string): Promise<string[]> {
  const entries = readdirSync(directory, { withFileTypes: true }).filter((entry) => entry.isFile());
  const there = new Set(entries.map(({ name }) => name));
  const missing = new Set<string>();
  for (const name of there) {
    const section = await execute('readelf', ['-W', '-d', join(directory, name)]);
    for (const needed of neededLibraries(section)) if (!there.has(needed)) missing.add(needed);
  }
  return [...missing].sort();
}
