/**
 * Mounting and unmounting a FUSE connection (mount(2), fs/fuse/inode.c for the options). Nothing here stats the mount
 * point of a living mount: that would be a request to the very daemon that asks.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { ERRNO, errnoName, MNT, MS, sys } from '@sluice/sys';
import { unmountByFusermount } from './fusermount.ts';
import { MAX_TRANSFER } from './memory.ts';
import { MountError } from './mount-options.ts';
import type { MountOptions } from './mount-options.ts';
import { mountAt, parseMounts } from './mount-table.ts';

const O_RDWR_CLOEXEC = 0o2000002;
const DEVICE = '/dev/fuse';

/** Opens the FUSE device. Throws a {@link MountError} that says what is missing. */
export function openDevice(): number {
  const fd = sys.openPath(DEVICE, O_RDWR_CLOEXEC, 0);
  if (fd >= 0) return fd;
  const remedy =
    fd === -ERRNO.ENOENT || fd === -ERRNO.ENODEV
      ? 'this kernel has no FUSE, or its module is not loaded (modprobe fuse)'
      : 'root may open it; in a container it must be passed in';
  throw new MountError(-fd, `cannot open ${DEVICE} (${errnoName(fd)}): ${remedy}`);
}

/** Mounts the connection of `device`. The first request on it will be INIT. */
export function mountSession(device: number, options: MountOptions): void {
  const flags = (options.suid === true ? 0 : MS.NOSUID) | (options.dev === true ? 0 : MS.NODEV);
  const data = mountData(device, options);
  const result = sys.mount(options.name, options.mountPoint, 'fuse.sluice', flags, data);
  if (result < 0) {
    const remedy =
      result === -ERRNO.EPERM
        ? 'mounting needs root (CAP_SYS_ADMIN)'
        : 'see the mount point and the kernel log';
    throw new MountError(-result, `cannot mount on ${options.mountPoint} (${errnoName(result)}): ${remedy}`);
  }
}

/** The options of mount(2) that the FUSE file system reads itself. */
export function mountData(device: number, options: MountOptions): string {
  return [
    `fd=${device}`,
    'rootmode=40000',
    'user_id=0',
    'group_id=0',
    ...(options.defaultPermissions ? ['default_permissions'] : []),
    ...(options.allowOther ? ['allow_other'] : []),
    `max_read=${MAX_TRANSFER}`,
  ].join(',');
}

/** 0, or -errno (-EBUSY: files on it are open). Without CAP_SYS_ADMIN: by fusermount3. */
export function unmount(mountPoint: string): number {
  const result = sys.umount2(mountPoint, UMOUNT_NOFOLLOW);
  return result === -ERRNO.EPERM ? unmountByFusermount(mountPoint, false) : result;
}

/**
 * Takes the mount out of the tree at once and ends its connection: requests waiting and to come fail with ENOTCONN or
 * ECONNABORTED. MNT_FORCE does what the connection's abort file does, also where /sys/fs/fuse/connections is not mounted.
 * Without CAP_SYS_ADMIN: by fusermount3, and the connection ends with its last descriptor where there is no abort file.
 */
export function detach(mountPoint: string): number {
  const result = sys.umount2(mountPoint, UMOUNT_NOFOLLOW | MNT.FORCE | MNT.DETACH);
  if (result !== -ERRNO.EPERM) return result;
  const connection = connectionOf(mountPoint);
  if (connection === undefined) return -ERRNO.EINVAL;
  abortConnection(connection);
  return unmountByFusermount(mountPoint, true);
}

const UMOUNT_NOFOLLOW = 8;

/**
 * The connection's number under /sys/fs/fuse/connections: the minor of the mount's device, read off mountinfo so that
 * the mount itself is not touched. Undefined if nothing of ours is mounted there.
 */
export function connectionOf(mountPoint: string): number | undefined {
  return connectionIn(readFileSync('/proc/self/mountinfo', 'utf8'), mountPoint);
}

/** The same, read off the text of a mountinfo file (proc(5)). */
export function connectionIn(mountinfo: string, mountPoint: string): number | undefined {
  const mount = mountAt(parseMounts(mountinfo), mountPoint);
  return mount?.type === 'fuse.sluice' ? Number(mount.device.split(':')[1]) : undefined;
}

/** Fails every request of the connection, waiting and to come: the way to free callers of a daemon that hangs. */
export function abortConnection(connection: number): boolean {
  try {
    writeFileSync(`/sys/fs/fuse/connections/${connection}/abort`, '1');
    return true;
  } catch {
    return false; // gone already, or /sys/fs/fuse/connections is not mounted
  }
}

/** Whether something is mounted exactly at `path` in this mount namespace. */
export function isMountPoint(path: string): boolean {
  return mountAt(parseMounts(readFileSync('/proc/self/mountinfo', 'utf8')), path) !== undefined;
}
