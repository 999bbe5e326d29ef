/** Opening a path of the lower tree that comes from outside, never leaving the tree and never following a symlink. */
import { ERRNO, O, RESOLVE, sys } from '@sluice/sys';
import type { Scratch } from '@sluice/sys';

/** An O_PATH descriptor or -errno. `path`: relative to `rootFd`; empty: `rootFd` itself. */
export function openBeneath(rootFd: number, path: Uint8Array, scratch: Scratch): number {
  const flags = O.PATH | O.NOFOLLOW | O.CLOEXEC;
  if (path.length === 0) return sys.reopen(rootFd, O.PATH | O.DIRECTORY | O.CLOEXEC);
  const whole = sys.openat2(
    rootFd,
    scratch.string(path),
    flags,
    0,
    RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS | RESOLVE.NO_MAGICLINKS,
  );
  return whole === -ERRNO.ENOSYS ? openByComponents(rootFd, path, flags, scratch) : whole;
}

/** Before Linux 5.6 there is no openat2: one component at a time, none of them a symlink or "..". */
export function openByComponents(rootFd: number, path: Uint8Array, flags: number, scratch: Scratch): number {
  let directory = rootFd;
  for (let start = 0; start <= path.length;) {
    const slash = path.indexOf(0x2f, start);
    const end = slash < 0 ? path.length : slash;
    const name = path.subarray(start, end);
    const isUp = name.length === 2 && name[0] === 0x2e && name[1] === 0x2e;
    const last = end === path.length;
    const next = isUp
      ? -ERRNO.EXDEV
      : sys.openat(directory, scratch.string(name), last ? flags : flags | O.DIRECTORY, 0);
    if (directory !== rootFd) sys.close(directory);
    if (next < 0 || last) return next;
    directory = next;
    start = end + 1;
  }
  return -ERRNO.EINVAL;
}
