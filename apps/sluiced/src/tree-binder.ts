/**
 * The process that mounts and unmounts on a volume for the supervisor: finding a directory there asks the volume's server,
 * and whoever asks may wait. It lives for one task and can be killed at any time.
 *
 * Paths are resolved beneath the mount and beneath the source, never over a symlink or a mount, and what is mounted on what
 * is told by descriptors: whatever is renamed meanwhile, a directory of the source gets on that same directory of the volume.
 */
import { readFileSync } from 'node:fs';
import { ERRNO, LOWER_STAT, MNT, MS, AT, O, RESOLVE, S, Scratch, sys } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { BINDER_ROOT_FD } from './tree-binder-messages.ts';
import type { BinderAnswer, BinderStep, BinderTask } from './tree-binder-messages.ts';

const DIRECTORY = O.PATH | O.DIRECTORY | O.NOFOLLOW | O.CLOEXEC;
const scratch = new Scratch();

function send(answer: BinderAnswer): void {
  process.send?.(answer);
}

process.once('message', (task: BinderTask) => {
  if (task.type === 'probe') send({ type: 'probed', result: probe(task.mountPoint) });
  else if (task.type === 'look') look(task.paths);
  else perform(task);
  process.send?.({ type: 'done' } satisfies BinderAnswer, () => process.disconnect());
});

function probe(mountPoint: string): number {
  const fd = sys.openPath(mountPoint, O.PATH, 0);
  if (fd < 0) return fd;
  const result = sys.statfs(fd, scratch.bytes(80));
  sys.close(fd);
  return Math.min(result, 0);
}

function look(paths: readonly string[]): void {
  for (const path of paths) {
    const fd = open(BINDER_ROOT_FD, path);
    if (fd >= 0) sys.close(fd);
    send({ type: 'looked', path, result: Math.min(fd, 0) });
  }
}

function perform(task: Extract<BinderTask, { type: 'trees' }>): void {
  const mount = openVolume(task.mountPoint, task.mountId);
  const failed: Outcome | undefined = mount < 0 ? { result: mount, step: 'mount point' } : undefined;
  for (const path of task.unbind)
    send({ type: 'unbound', path, ...(failed ?? unbind(mount, path, task.lazily)) });
  for (const path of task.bind) send({ type: 'bound', path, ...(failed ?? bind(mount, path, task.flags)) });
}

/** An O_PATH descriptor of the volume's root, or -errno; -ENODEV: it is not mounted there any more. */
function openVolume(mountPoint: string, mountId: number): number {
  const fd = sys.openPath(mountPoint, O.PATH | O.DIRECTORY, 0);
  if (fd < 0 || mountOf(fd) === String(mountId)) return fd;
  sys.close(fd);
  return -ERRNO.ENODEV;
}

interface Outcome {
  result: number;
  step: BinderStep;
}

/** By its parent, which holds no mount that is to go: a descriptor of what is mounted would itself keep it busy. */
function unbind(mount: number, path: string, lazily: boolean): Outcome {
  const slash = path.lastIndexOf('/');
  const parent = slash < 0 ? mount : open(mount, path.slice(0, slash));
  if (parent < 0) return { result: parent, step: 'volume directory' };
  const at = `/proc/self/fd/${parent}/${path.slice(slash + 1)}`;
  const result = sys.umount2(at, MNT.NOFOLLOW | (lazily ? MNT.DETACH : 0));
  if (parent !== mount) sys.close(parent);
  return { result, step: 'mount' };
}

function bind(mount: number, path: string, flags: number): Outcome {
  const lower = open(BINDER_ROOT_FD, path);
  if (lower < 0) return { result: lower, step: 'lower directory' };
  const target = open(mount, path);
  const outcome: Outcome =
    target < 0 ? { result: target, step: 'volume directory' } : bindOver(mount, path, lower, target, flags);
  sys.close(lower);
  if (target >= 0) sys.close(target);
  return outcome;
}

function bindOver(mount: number, path: string, lower: number, target: number, flags: number): Outcome {
  // The volume shows the lower inode numbers. One of the two may have been moved since its path was resolved.
  if (inodeOf(lower) !== inodeOf(target)) return { result: -ERRNO.ESTALE, step: 'same directory' };
  const at = `/proc/self/fd/${target}`;
  const result = sys.mount(`/proc/self/fd/${lower}`, at, '', MS.BIND, '');
  if (result < 0 || flags === 0) return { result, step: 'mount' };
  const changed = remount(mount, path, flags);
  // Without its flags it must not stay.
  if (changed < 0) unbind(mount, path, true);
  return { result: changed, step: 'mount' };
}

function remount(mount: number, path: string, flags: number): number {
  const bound = open(mount, path, 0);
  if (bound < 0) return bound;
  const result = sys.mount('', `/proc/self/fd/${bound}`, '', MS.BIND | MS.REMOUNT | flags, '');
  sys.close(bound);
  return result;
}

/** An O_PATH descriptor of a directory beneath another one, or -errno; -EXDEV: a mount is on the way. */
function open(beneath: number, path: string, alsoNot: number = RESOLVE.NO_XDEV): number {
  scratch.reset();
  const how = RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS | alsoNot;
  const fd = sys.openat2(beneath, scratch.string(path), DIRECTORY, 0, how);
  return fd === -ERRNO.ENOSYS ? openByComponents(beneath, path, alsoNot !== 0) : fd;
}

/** Before Linux 5.6 there is no openat2: one component at a time. */
function openByComponents(beneath: number, path: string, stays: boolean): number {
  const mountId = mountOf(beneath);
  let directory = beneath;
  for (const name of path.split('/')) {
    scratch.reset();
    const isName = name !== '' && name !== '.' && name !== '..';
    const next = isName ? sys.openat(directory, scratch.string(name), DIRECTORY, 0) : -ERRNO.EXDEV;
    if (directory !== beneath) sys.close(directory);
    if (next < 0) return next;
    // With O_PATH, O_NOFOLLOW and O_DIRECTORY a symlink may be opened on some kernels: the type tells.
    if (!isDirectory(next) || (stays && mountOf(next) !== mountId)) {
      sys.close(next);
      return -ERRNO.EXDEV;
    }
    directory = next;
  }
  return directory;
}

function mountOf(fd: number): string {
  return /^mnt_id:\s*(\d+)$/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1] ?? '';
}

function isDirectory(fd: number): boolean {
  const at = statOf(fd);
  return at !== 0 && (scratch.u32At(at + LOWER_STAT.attr + ATTR.mode) & S.IFMT) === S.IFDIR;
}

/** Undefined if it cannot be asked; no two of these are taken for the same. */
function inodeOf(fd: number): bigint | symbol {
  const at = statOf(fd);
  return at === 0 ? Symbol() : scratch.u64At(at + LOWER_STAT.attr + ATTR.ino);
}

function statOf(fd: number): number {
  scratch.reset();
  const at = scratch.bytes(112);
  return sys.stat(fd, 0, AT.EMPTY_PATH, at) < 0 ? 0 : at;
}
