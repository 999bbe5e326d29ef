/**
 * What a file system lies on, and how deep the kernel counts it (`s_stack_depth`), which it shows nowhere: worked out from
 * the types and options of mounts. A kernel refuses to pass files through that lie deeper than its dialect allows.
 */
import type { Mount } from '@sluice/session';

export interface Stack {
  /** Types, the file system's own first, down to one that lies on no other. */
  layers: string[];
  /** 0 for one that lies on no other; null where it cannot be told. */
  depth: number | null;
}

/** The kernel stacks two (FILESYSTEM_MAX_STACK_DEPTH); more is a loop of names. */
const LAYERS_MAX = 8;

/** `mount`: of the file system in question. `exists`: whether there is something at a path, in this namespace. */
export function stackOf(mount: Mount, mounts: readonly Mount[], exists: (path: string) => boolean): Stack {
  return follow(mount, mounts, exists, 0);
}

function follow(
  mount: Mount,
  mounts: readonly Mount[],
  exists: (path: string) => boolean,
  passed: number,
): Stack {
  const { type } = mount;
  // Deeper by its `max_stack_depth` where it passes files through, which only its daemon knows.
  if (/^fuse(\.|$)/.test(type)) return { layers: [type], depth: null };
  const beneath = pathsBeneath(mount);
  if (beneath === undefined) return { layers: [type], depth: 0 };
  let layers: string[] = [];
  let depth: number | null = beneath.length === 0 || passed >= LAYERS_MAX ? null : 0;
  for (const path of passed >= LAYERS_MAX ? [] : beneath) {
    // A container's root names paths of its host.
    const holder = path.startsWith('/') && exists(path) ? mountHolding(mounts, path) : undefined;
    const below =
      holder === undefined ? { layers: [], depth: null } : follow(holder, mounts, exists, passed + 1);
    depth = depth === null || below.depth === null ? null : Math.max(depth, below.depth);
    if (below.layers.length > layers.length) layers = below.layers;
  }
  return { layers: [type, ...layers], depth: depth === null ? null : depth + 1 };
}

/** Undefined for a file system that lies on no other. */
function pathsBeneath({ type, superOptions, source }: Mount): string[] | undefined {
  if (type === 'ecryptfs' || type === 'sdcardfs' || type === 'esdfs' || type === 'wrapfs') return [source];
  if (type !== 'overlay') return undefined;
  return superOptions.flatMap((option) => {
    const [, name, value] = /^([^=]*)=(.*)$/.exec(option) ?? [];
    if (value === undefined || name === undefined) return [];
    if (name === 'upperdir' || name === 'lowerdir+' || name === 'datadir+') return [plain(value)];
    return name === 'lowerdir' ? value.split(/(?<!\\):+/).map(plain) : [];
  });
}

/** overlayfs puts a backslash before a colon in a name. */
function plain(path: string): string {
  return path.replaceAll(/\\(.)/g, '$1');
}

/** The mount that `path`, absolute and without symlinks, lies on. */
export function mountHolding(mounts: readonly Mount[], path: string): Mount | undefined {
  const holding = mounts.filter(
    ({ point }) => path === point || path.startsWith(point === '/' ? '/' : `${point}/`),
  );
  // Of mounts on one point, the last is on top.
  return holding.reduce<Mount | undefined>(
    (longest, each) => (longest === undefined || each.point.length >= longest.point.length ? each : longest),
    undefined,
  );
}
