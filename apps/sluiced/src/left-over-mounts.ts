/**
 * What a daemon that was killed together with its volume server has left at a mount point: a mount that nobody serves, with
 * the trees on it, or trees alone. Only what is ours goes: a volume whose connection is dead, and mounts that show the
 * source's directories under their own paths.
 */
import { readFileSync, realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { detach } from '@sluice/session';
import { ERRNO, MNT, O, sys } from '@sluice/sys';
import type { Log } from './log.ts';
import { mountAt, parseMounts } from '@sluice/session';
import type { Mount } from '@sluice/session';
import { askBinder } from './tree-binding.ts';
import { VOLUME_TYPE, leftOverTrees } from './tree-mounts.ts';
import { sourceRoot } from './volume-trees.ts';

/** Mounts on one point stack: one for each daemon that died. */
const STACK_MAX = 16;
const PROBE_WITHIN_MS = 3000;

/** Touches nothing where something lives, or where a path cannot be resolved: whoever starts the volume says why. */
export async function clearLeftOvers(source: string, mountPoint: string, log: Log): Promise<void> {
  const point = resolved(mountPoint);
  if (point === undefined) return;
  for (let left = 0; left < STACK_MAX; left++) {
    const top = mountAt(mounts(), point);
    if (top === undefined) break;
    if (top.type !== VOLUME_TYPE || !(await isDead(point))) return;
    if (detach(point) < 0) return;
    log.warn(`${point}: detached the mount of a daemon that is gone, and what was mounted on it`);
  }
  const fd = sys.openPath(source, O.PATH | O.DIRECTORY | O.CLOEXEC, 0);
  if (fd < 0) return;
  const root = sourceRoot(fd, false);
  sys.close(fd);
  if (root === undefined) return;
  for (const { path } of leftOverTrees(mounts(), point, root)) {
    if (sys.umount2(join(point, path), MNT.NOFOLLOW | MNT.DETACH) === 0)
      log.warn(`${point}: detached ${path}, which a daemon that is gone had bound there`);
  }
}

function mounts(): Mount[] {
  return parseMounts(readFileSync('/proc/self/mountinfo', 'utf8'));
}

/** Asked in a process of its own: if somebody serves the mount, that one may be slow. */
async function isDead(mountPoint: string): Promise<boolean> {
  const [answer] = await askBinder({ type: 'probe', mountPoint }, 'ignore', PROBE_WITHIN_MS);
  return answer?.type === 'probed' && answer.result === -ERRNO.ENOTCONN;
}

/** Without asking the mount point itself, on which every call may fail. */
function resolved(mountPoint: string): string | undefined {
  try {
    return join(realpathSync(dirname(mountPoint)), basename(mountPoint));
  } catch {
    return undefined;
  }
}
