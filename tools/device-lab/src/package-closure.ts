/** Which installed npm packages a set of packages needs, read off package-lock.json. */

interface LockEntry {
  link?: boolean;
  resolved?: string;
  dependencies?: Record<string, string>;
  optionalDependencies?: Record<string, string>;
  peerDependencies?: Record<string, string>;
  peerDependenciesMeta?: Record<string, { optional?: boolean }>;
}

/** The `packages` of a lock file: `node_modules/a/node_modules/b`, or a workspace's folder, to what it says. */
export type LockPackages = Readonly<Record<string, LockEntry>>;

/** Folders of `node_modules` that these packages need, themselves included, sorted. Optional ones may not be installed. */
export function packageClosure(packages: LockPackages, roots: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = resolvePackage(packages, name, from);
    if (path === undefined || found.has(path)) return;
    found.add(path);
    const entry = packages[path];
    // A workspace's folder tells what it needs; the link to it stays a link.
    const home = entry?.link === true && entry.resolved !== undefined ? entry.resolved : path;
    for (const needed of namesNeededBy(packages[home])) visit(needed, home);
  };
  for (const name of roots) visit(name, '');
  return [...found].sort();
}

function namesNeededBy(entry: LockEntry | undefined): string[] {
  if (entry === undefined) return [];
  const peers = Object.keys(entry.peerDependencies ?? {}).filter(
    (name) => entry.peerDependenciesMeta?.[name]?.optional !== true,
  );
  return [...Object.keys({ ...entry.dependencies, ...entry.optionalDependencies }), ...peers];
}

/** Node's way: the nearest `node_modules` that has it, from the folder that asks upwards. */
function resolvePackage(packages: LockPackages, name: string, from: string): string | undefined {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/')))) {
    const path = `${folder === '' ? '' : `${folder}/`}node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return undefined;
  }
}
