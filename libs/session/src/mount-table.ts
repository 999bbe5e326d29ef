/** The mounts of this process' namespace, from the text of proc_pid_mountinfo(5). */

export interface Mount {
  id: number;
  parent: number;
  /** `major:minor`. */
  device: string;
  /** The part of the file system that it shows, from that one's root. */
  root: string;
  point: string;
  /** Of the mount, such as `ro` and `nosuid`; not those of the file system. */
  options: string[];
  type: string;
  /** What was mounted, in the file system's own words: a device, a directory, any name. */
  source: string;
  /** Of the file system, such as `rw` and overlayfs' `lowerdir=/a:/b`. */
  superOptions: string[];
}

const DEVICE = /^\d+:\d+$/;

/** In the order of the text; of mounts on one point, the last is on top. Lines that are none are passed over. */
export function parseMounts(mountinfo: string): Mount[] {
  const mounts: Mount[] = [];
  for (const line of mountinfo.split('\n')) {
    const fields = line.split(' ');
    const [id, parent, device, root, point, options] = fields;
    const separator = fields.indexOf('-', 6);
    const type = fields[separator + 1];
    const source = separator < 0 ? undefined : fields[separator + 2];
    const superOptions = separator < 0 ? undefined : fields[separator + 3];
    if (device === undefined || !DEVICE.test(device)) continue;
    if (root === undefined || point === undefined || options === undefined) continue;
    mounts.push({
      id: Number(id),
      parent: Number(parent),
      device,
      root: unescape(root),
      point: unescape(point),
      options: options.split(','),
      type: type ?? '',
      source: unescape(source ?? ''),
      superOptions: superOptions?.split(',').map(unescape) ?? [],
    });
  }
  return mounts;
}

/** The mount on top at exactly `point`. */
export function mountAt(mounts: readonly Mount[], point: string): Mount | undefined {
  return mounts.findLast((mount) => mount.point === point);
}

/** Space, tab, newline, backslash and # are octal in mountinfo. */
function unescape(path: string): string {
  return path.replaceAll(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(parseInt(octal, 8)));
}
