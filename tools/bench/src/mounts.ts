/** Mounts beneath a directory: found in /proc/self/mountinfo (proc(5)) and, where one was left, taken away. */
import { readFileSync } from 'node:fs';
import { run } from '@sluice/live';

/** Mount points at or beneath `directory`, the deepest first. */
export function mountsBeneath(
  directory: string,
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string[] {
  return mountEntries(mountinfo)
    .map(({ mountPoint }) => mountPoint)
    .filter((mountPoint) => within(mountPoint, directory))
    .reverse();
}

/** The type of the file system that holds `path`, which must be absolute and without symbolic links. */
export function fileSystemType(
  path: string,
  mountinfo = readFileSync('/proc/self/mountinfo', 'utf8'),
): string {
  let holder = { mountPoint: '', type: 'unknown' };
  for (const entry of mountEntries(mountinfo)) {
    // A later mount covers an earlier one on the same place.
    if (within(path, entry.mountPoint) && entry.mountPoint.length >= holder.mountPoint.length) holder = entry;
  }
  return holder.type;
}

export async function unmountBeneath(directory: string): Promise<void> {
  for (const mountPoint of mountsBeneath(directory)) await run('umount', ['-l', mountPoint]);
}

function within(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory === '/' ? '/' : `${directory}/`);
}

function mountEntries(mountinfo: string): { mountPoint: string; type: string }[] {
  return mountinfo
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => {
      const [before = '', after = ''] = line.split(' - ');
      const escaped = before.split(' ')[4] ?? '';
      const mountPoint = escaped.replace(/\\([0-7]{3})/g, (_, octal: string) =>
        String.fromCharCode(Number.parseInt(octal, 8)),
      );
      return { mountPoint, type: after.split(' ')[0] ?? '' };
    });
}
