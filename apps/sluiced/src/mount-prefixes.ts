/** Where something is mounted within a volume: such names must not be dropped, which would take the mount away. */

/**
 * From the text of proc_pid_mountinfo(5): every path within the volume, relative to it, at which something is mounted, and
 * every directory that leads there.
 */
export function mountPrefixes(mountinfo: string, mountPoint: string): string[] {
  const prefixes = new Set<string>();
  for (const line of mountinfo.split('\n')) {
    const point = unescape(line.split(' ')[4] ?? '');
    if (!point.startsWith(`${mountPoint}/`)) continue;
    const within = point.slice(mountPoint.length + 1);
    for (let end = within.length; end > 0; end = within.lastIndexOf('/', end - 1)) {
      prefixes.add(within.slice(0, end));
    }
  }
  return [...prefixes];
}

/** Space, tab, newline and backslash are octal in mountinfo. */
function unescape(path: string): string {
  return path.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
