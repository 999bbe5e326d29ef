/**
 * The open-mode arbiter: the one I/O mode that an inode's opens share.
 *
 * An inode is `idle`, or has opens that are cached, direct or passthrough. Mainline (fs/fuse/iomode.c) answers EIO to a
 * passthrough open beside a cached one, and to any open beside a passthrough one that does not carry the same backing id.
 * Android's kernels let them stand side by side, but the cached ones then see old pages and passthrough writes are lost to
 * them: what mainline forbids is kept from happening there, too, for the sake of the bytes. A direct open turns into a
 * cached one when it is memory-mapped, which we are not told, so it keeps passthrough away as well.
 *
 *              wants cached      wants direct                wants passthrough
 *   idle       cached            direct                      passthrough
 *   cached     cached            direct                      cached, inode-cached
 *   direct     cached            direct                      cached, inode-direct
 *   passthr.   passthrough,      passthrough + direct,       passthrough
 *              inode-passthrough inode-passthrough
 *
 * "passthrough + direct" sends reads and writes to the daemon and maps the lower file: both see the same bytes. Where the
 * dialect has nothing like it the open passes through. An open that is to pass through but that the kernel will not
 * register is cached, or direct beside passthrough opens: those of mainline have an id already, Android's may be refused
 * one by one, and what the daemon reads and writes below is what they see.
 *
 * Our counts lag behind the kernel's only by RELEASE requests on their way, and a mode that the kernel has left is still
 * a legal one to open in.
 */
import { ACTION, decisionAction, decisionReason, resolveAuto } from '@sluice/policy';
import type { AutoCosts } from '@sluice/policy';
import { ERRNO } from '@sluice/sys';
import type { Dialect } from '@sluice/session';

export const MODE = { cached: 1, direct: 2, passthrough: 3, passthroughDirect: 4 } as const;

/** Names of {@link MODE}, as status and explain show them. */
export const MODE_NAMES = ['', 'cached', 'direct', 'passthrough', 'passthrough'] as const;

/** Why an open got its mode: first the policy's own reasons (codes of @sluice/policy), then the arbiter's. */
export const OPEN_REASON = {
  default: 0,
  rule: 1,
  'auto-large': 2,
  'auto-small': 3,
  'auto-registered': 4,
  'inode-cached': 5,
  'inode-direct': 6,
  'inode-passthrough': 7,
  /** The dialect in use is `none`. */
  'passthrough-unavailable': 8,
  /** The kernel refused to register the lower file, with an errno that has no reason of its own below. */
  'registration-failed': 9,
  /** Writes to a file with set-id bits or capabilities go through the daemon, which clears them. */
  'privileged-file': 10,
  'auto-cheap': 11,
  // From here on codes take more than the four bits that a decision of @sluice/policy has for its own.
  /** EPERM: passthrough was not negotiated, or the daemon lacks CAP_SYS_ADMIN (mainline). */
  'registration-refused-permission': 12,
  /** EINVAL: no regular file, or, on Android, a lower file system that is stacked too deep. */
  'registration-refused-invalid': 13,
  /** EBADF: the descriptor, or, on Android, a file without read_iter and write_iter. */
  'registration-refused-bad-file': 14,
  /** EOPNOTSUPP: a file without read_iter and write_iter. */
  'registration-refused-unsupported': 15,
  /** ELOOP, and EEXIST of the earliest kernels: the lower file system is stacked too deep, or is FUSE with passthrough. */
  'registration-refused-stacked': 16,
  /** EISDIR: it is a directory. */
  'registration-refused-directory': 17,
  /** ENOTTY: the kernel does not know the ioctl that goes with what it offered. */
  'registration-refused-unknown': 18,
  /** ENOMEM, ENFILE, EMFILE, ENOSPC. */
  'registration-refused-resources': 19,
  /** `auto`, and a kernel whose mappings do not see what passes the daemon by. */
  'mapped-by-daemon': 20,
  /** The dialect in use is `none` because the daemon lacks CAP_SYS_ADMIN: the volume is mounted by fusermount3. */
  'passthrough-unprivileged': 21,
} as const;

/** The reason for an open that the kernel would not register: `result` is -errno. */
export function refusalReason(result: number): number {
  switch (-result) {
    case ERRNO.EPERM:
      return OPEN_REASON['registration-refused-permission'];
    case ERRNO.EINVAL:
      return OPEN_REASON['registration-refused-invalid'];
    case ERRNO.EBADF:
      return OPEN_REASON['registration-refused-bad-file'];
    case ERRNO.EOPNOTSUPP:
      return OPEN_REASON['registration-refused-unsupported'];
    case ERRNO.ELOOP:
    case ERRNO.EEXIST:
      return OPEN_REASON['registration-refused-stacked'];
    case ERRNO.EISDIR:
      return OPEN_REASON['registration-refused-directory'];
    case ERRNO.ENOTTY:
      return OPEN_REASON['registration-refused-unknown'];
    case ERRNO.ENOMEM:
    case ERRNO.ENFILE:
    case ERRNO.EMFILE:
    case ERRNO.ENOSPC:
      return OPEN_REASON['registration-refused-resources'];
    default:
      return OPEN_REASON['registration-failed'];
  }
}

export const OPEN_REASON_NAMES = Object.keys(OPEN_REASON) as (keyof typeof OPEN_REASON)[];

/**
 * A decision's action and reason, `action | reason << 4`, for the arbiter: `auto` is resolved, a redacted file is read through
 * the daemon and kept nowhere, `tree` is served like any file that passes through.
 */
export function settleAction(
  costs: AutoCosts,
  decision: number,
  asked: number,
  size: number,
  registered: boolean,
  opens: number,
): number {
  const reason = decisionReason(decision) << 4;
  switch (decisionAction(decision)) {
    case ACTION.auto:
      return resolveAuto(costs, asked, size, registered, opens);
    case ACTION.passthrough:
    case ACTION.tree:
      return ACTION.passthrough | reason;
    case ACTION.direct:
    case ACTION.redact:
      return ACTION.direct | reason;
    default:
      return ACTION.cached | reason;
  }
}

/**
 * `wanted` (`action | reason << 4`) with passthrough taken back where `auto` chose it and mappings go through the daemon:
 * any file may be mapped by somebody while it is written past the daemon. A rule or default that says `passthrough` or
 * `tree` insists: it has weighed that.
 */
export function spareMappings(wanted: number, decision: number, mapsLowerFile: boolean): number {
  return !mapsLowerFile && decisionAction(decision) === ACTION.auto && (wanted & 15) === ACTION.passthrough
    ? ACTION.cached | (OPEN_REASON['mapped-by-daemon'] << 4)
    : wanted;
}

/** `wanted` (`action | reason << 4`) with passthrough taken back where the open may write to a file with set-id bits. */
export function spareSetId(wanted: number, privileged: boolean): number {
  return privileged && (wanted & 15) === ACTION.passthrough
    ? ACTION.cached | (OPEN_REASON['privileged-file'] << 4)
    : wanted;
}

/**
 * The mode for one more open: `mode | reason << 4`.
 * `action`: what policy says (ACTION); `reason`: its reason code. `cached`, `direct`, `passthrough`: the inode's opens.
 */
export function chooseMode(
  dialect: Dialect,
  action: number,
  reason: number,
  cached: number,
  direct: number,
  passthrough: number,
): number {
  if (passthrough > 0) {
    if (action === ACTION.passthrough) return MODE.passthrough | (reason << 4);
    const byDaemon = action === ACTION.direct || reason === OPEN_REASON['privileged-file'];
    const mode = byDaemon && dialect.splitsDirect ? MODE.passthroughDirect : MODE.passthrough;
    return mode | (OPEN_REASON['inode-passthrough'] << 4);
  }
  if (action === ACTION.direct) return MODE.direct | (reason << 4);
  if (action !== ACTION.passthrough) return MODE.cached | (reason << 4);
  if (dialect.name === 'none') return MODE.cached | (OPEN_REASON['passthrough-unavailable'] << 4);
  if (cached > 0) return MODE.cached | (OPEN_REASON['inode-cached'] << 4);
  if (direct > 0) return MODE.cached | (OPEN_REASON['inode-direct'] << 4);
  return MODE.passthrough | (reason << 4);
}

/** The reason of {@link chooseMode}, where it is that there is no passthrough: told more exactly. */
export function exactReason(reason: number, unprivileged: boolean): number {
  return unprivileged && reason === OPEN_REASON['passthrough-unavailable']
    ? OPEN_REASON['passthrough-unprivileged']
    : reason;
}

/** The mode of an open that the kernel will not register. `beside`: the file may be written to past the daemon meanwhile. */
export function modeWithoutRegistration(beside: boolean): number {
  return beside ? MODE.direct : MODE.cached;
}
