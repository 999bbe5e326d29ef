/** Where something is mounted within a volume: such names must not be dropped, which would take the mount away. */
import { parseMounts } from '@sluice/session';

/**
 * From the text of proc_pid_mountinfo(5): every path within the volume, relative to it, at which something is mounted, and
 * every directory that leads there.
 */
export function mountPrefixes(mountinfo: string, mountPoint: string): string[] {
  const prefixes = new Set<string>();
  for (const { point } of parseMounts(mountinfo)) {
    if (!point.startsWith(`${mountPoint}/`)) continue;
    const within = point.slice(mountPoint.length + 1);
    for (let end = within.length; end > 0; end = within.lastIndexOf('/', end - 1)) {
      prefixes.add(within.slice(0, end));
    }
  }
  return [...prefixes];
}
