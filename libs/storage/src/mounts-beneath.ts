/**
 * Whether a directory is, or leads to, a mount point. A LOOKUP that is refused to one caller ends every mount beneath the
 * name for everybody (d_invalidate, fs/dcache.c), so such directories are shown to those they are hidden from; what is in
 * them is not. Mounts are seen in this process' mount namespace and the caller's; those that neither sees are not known.
 */
import { readFileSync } from 'node:fs';
import { HEADER, parseMounts } from '@sluice/session';
import type { Request } from '@sluice/session';
import { nodePathText } from './node-path.ts';
import type { Volume } from './volume.ts';

/** The name of `length` bytes at `nameAt` beneath the directory at `parentAt`. Reads /proc: for hidden directories alone. */
export function leadsToMount(
  volume: Volume,
  request: Request,
  parentAt: number,
  nameAt: number,
  length: number,
): boolean {
  volume.lock.acquire();
  const parent = nodePathText(volume.nodes, parentAt);
  volume.lock.release();
  const name = new TextDecoder().decode(request.memory.u8.slice(nameAt, nameAt + length));
  const path = parent === '' ? name : `${parent}/${name}`;
  return [...mountsOn(volume, 'self'), ...mountsOn(volume, String(request.pid))].some(
    (mounted) => mounted === path || mounted.startsWith(`${path}/`),
  );
}

/** Paths within the volume at which something is mounted in the process' namespace. */
function mountsOn(volume: Volume, process: string): string[] {
  let text: string;
  try {
    text = readFileSync(`/proc/${process}/mountinfo`, 'utf8');
  } catch {
    return []; // the caller is gone
  }
  // Mounts of FUSE have anonymous devices: major 0.
  return mountPointsWithin(text, `0:${volume.memory.load(HEADER.mountMinor)}`);
}

/**
 * From the text of proc_pid_mountinfo(5): the paths within the file system `device` (`major:minor`) at which other mounts
 * stand, relative to it.
 */
export function mountPointsWithin(mountinfo: string, device: string): string[] {
  const mounts = parseMounts(mountinfo);
  const shown = new Map(mounts.filter((mount) => mount.device === device).map((mount) => [mount.id, mount]));
  const paths: string[] = [];
  for (const { parent, point } of mounts) {
    const on = shown.get(parent);
    if (on === undefined) continue;
    const beneath = point.slice(on.point === '/' ? 0 : on.point.length);
    paths.push(((on.root === '/' ? '' : on.root) + beneath).slice(1));
  }
  return paths;
}
