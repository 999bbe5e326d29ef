/**
 * Which mounts are lower directories bound over a volume's directories, told from the mount table alone: a mount is ours if
 * it shows a part of the volume's source. What is remembered elsewhere may be outdated: mounts move with directories.
 */
import { mountAt } from '@sluice/session';
import type { Mount } from '@sluice/session';

/** The type under which volumes are mounted. */
export const VOLUME_TYPE = 'fuse.sluice';

/** Where a directory lies within its file system. */
export interface LowerRoot {
  /** `major:minor` as mountinfo has it. */
  device: string;
  /** From the root of the file system, without a slash at the end; empty: that root itself. */
  root: string;
  /** Options of the mount by which it is reached. */
  options: string[];
  /** Names that differ in case alone are one name. */
  foldNames: boolean;
}

export interface BoundTree {
  /** Relative to the volume. */
  path: string;
  /** It shows the lower directory that has the same path, which it does not after one of the two was moved or removed. */
  matches: boolean;
}

/** Where the directory at `path` lies, reached by the mount `id`; undefined if the table does not know the mount. */
export function lowerRoot(
  mounts: readonly Mount[],
  id: number,
  path: string,
  foldNames: boolean,
): LowerRoot | undefined {
  const mount = mounts.find((each) => each.id === id);
  if (mount === undefined) return undefined;
  const within = mount.point === '/' ? path : path.slice(mount.point.length);
  const root = `${mount.root === '/' ? '' : mount.root}${within === '/' ? '' : within}`;
  return { device: mount.device, root, options: mount.options, foldNames };
}

/** What stands on directories of the volume mounted at `mountPoint` and comes from its source. */
export function boundTrees(mounts: readonly Mount[], mountPoint: string, source: LowerRoot): BoundTree[] {
  const volume = mountAt(mounts, mountPoint);
  if (volume?.type !== VOLUME_TYPE) return [];
  return mounts
    .filter((mount) => mount.parent === volume.id && isFrom(mount, source))
    .map((mount) => boundTree(mount, mountPoint, source))
    .filter(({ path }) => path !== '');
}

/** The same where no volume is mounted any more, deepest first: what a daemon that died has left. */
export function leftOverTrees(mounts: readonly Mount[], mountPoint: string, source: LowerRoot): BoundTree[] {
  return mounts
    .filter((mount) => mount.point.startsWith(`${mountPoint}/`) && isFrom(mount, source))
    .map((mount) => boundTree(mount, mountPoint, source))
    .filter(({ matches }) => matches)
    .sort((a, b) => b.path.length - a.path.length);
}

function isFrom(mount: Mount, source: LowerRoot): boolean {
  return mount.device === source.device && mount.root.startsWith(`${source.root}/`);
}

function boundTree(mount: Mount, mountPoint: string, source: LowerRoot): BoundTree {
  const path = mount.point.slice(mountPoint.length + 1);
  return {
    path,
    matches: treeKey(mount.root.slice(source.root.length + 1), source) === treeKey(path, source),
  };
}

/**
 * The flags that a bind needs beyond what the lower mount's copy brings along, or 0 if it needs none: set-id bits and device
 * files count beneath a tree no more than elsewhere on the volume. All flags then, since a remount takes away what it does
 * not name.
 */
export function bindFlags(
  options: readonly string[],
  suid: boolean,
  dev: boolean,
  flags: { RDONLY: number; NOSUID: number; NODEV: number; NOEXEC: number },
): number {
  const has = (option: string): boolean => options.includes(option);
  if ((suid || has('nosuid')) && (dev || has('nodev'))) return 0;
  return (
    (has('ro') ? flags.RDONLY : 0) |
    (has('noexec') ? flags.NOEXEC : 0) |
    (!suid || has('nosuid') ? flags.NOSUID : 0) |
    (!dev || has('nodev') ? flags.NODEV : 0)
  );
}

/** What is equal for names of one directory. The kernel shows it by the name that was asked for last. */
export function treeKey(path: string, { foldNames }: { foldNames: boolean }): string {
  return foldNames ? path.toLowerCase() : path;
}
