/**
 * Whether the clone is up to date, told from times of modification alone: that takes milliseconds, where npm and nx
 * take seconds to find out that there is nothing to do.
 *
 * A build's time is that of a stamp file, not of its outputs: nx leaves outputs as they are when a source was touched
 * but not changed.
 */
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

const STAMP = '.nx/built';
const SHARED_SOURCES = ['package-lock.json', 'tsconfig.base.json', 'tsconfig.json', 'nx.json'];
const PACKAGE_FOLDERS = ['apps', 'libs'];
const NOT_SOURCES = new Set(['node_modules', 'dist', 'generated']);

/** The programs and generated sources that a build makes, relative to the repository's root. */
export function buildOutputs(arch) {
  return [
    'apps/sluiced/dist/sluiced.cjs',
    'apps/sluiced/dist/volume-server.cjs',
    'apps/sluiced/dist/volume-thread.cjs',
    'apps/sluiced/dist/tree-binder.cjs',
    'apps/sluiced/dist/probe.cjs',
    'apps/sluice/dist/sluice.cjs',
    `libs/sys/dist/sluice_sys.${arch}.node`,
    'libs/control/src/generated/messages.js',
    'libs/control/src/generated/messages.d.ts',
  ];
}

/** False where packages were never installed, not to the end, or not since the lockfile changed. */
export function isInstalled(root) {
  // npm writes this one last.
  const installed = modified(join(root, 'node_modules/.package-lock.json'));
  return installed !== undefined && installed >= (modified(join(root, 'package-lock.json')) ?? Infinity);
}

/** False where an output is missing or a source, or a folder of sources, changed since the build began. */
export function isBuilt(root, arch) {
  const built = modified(join(root, STAMP));
  if (built === undefined) return false;
  if (buildOutputs(arch).some((file) => modified(join(root, file)) === undefined)) return false;
  if (SHARED_SOURCES.some((file) => (modified(join(root, file)) ?? Infinity) > built)) return false;
  return PACKAGE_FOLDERS.every((folder) => !hasNewer(join(root, folder), built));
}

/** Notes a build that succeeded. `begun` is when it began: sources that changed meanwhile stay newer. */
export function noteBuilt(root, begun) {
  const stamp = join(root, STAMP);
  mkdirSync(dirname(stamp), { recursive: true });
  writeFileSync(stamp, '');
  utimesSync(stamp, begun, begun);
}

function hasNewer(folder, time) {
  const entries = readdirSync(folder, { withFileTypes: true });
  const sources = entries.filter(({ name }) => !NOT_SOURCES.has(name));
  // A folder's own time tells of removed sources, unless outputs in it come and go.
  if (sources.length === entries.length && (modified(folder) ?? 0) > time) return true;
  return sources.some((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return hasNewer(path, time);
    return !/\.test\.m?[jt]s$/.test(entry.name) && (modified(path) ?? 0) > time;
  });
}

/** Milliseconds since 1970, or undefined if the file is not there. */
function modified(file) {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs;
}
