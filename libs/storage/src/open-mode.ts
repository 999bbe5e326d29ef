/**
 * The open-mode arbiter for dialects with one I/O mode per inode (mainline: fs/fuse/iomode.c).
 *
 * An inode is `idle`, or has opens that are cached, direct or passthrough. The kernel answers EIO to a passthrough open
 * beside a cached one, and to any open beside a passthrough one that does not carry the same backing id. A direct open
 * turns into a cached one when it is memory-mapped, which we are not told, so it keeps passthrough away as well.
 *
 *              wants cached      wants direct                wants passthrough
 *   idle       cached            direct                      passthrough
 *   cached     cached            direct                      cached, inode-cached
 *   direct     cached            direct                      cached, inode-direct
 *   passthr.   passthrough,      passthrough + direct,       passthrough
 *              inode-passthrough inode-passthrough
 *
 * "passthrough + direct" sends reads and writes to the daemon and maps the lower file: both see the same bytes.
 * Our counts lag behind the kernel's only by RELEASE requests on their way, and a mode that the kernel has left is still
 * a legal one to open in.
 */
import { ACTION, decisionAction, decisionReason, resolveAuto } from '@sluice/policy';
import type { AutoCosts } from '@sluice/policy';

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
  /** The kernel refused to register the lower file. */
  'registration-failed': 9,
  /** Writes to a file with set-id bits or capabilities go through the daemon, which clears them. */
  'privileged-file': 10,
  'auto-cheap': 11,
} as const;

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

/** `wanted` (`action | reason << 4`) with passthrough taken back where the open may write to a file with set-id bits. */
export function spareSetId(wanted: number, privileged: boolean): number {
  return privileged && (wanted & 15) === ACTION.passthrough
    ? ACTION.cached | (OPEN_REASON['privileged-file'] << 4)
    : wanted;
}

/**
 * The mode for one more open: `mode | reason << 4`.
 * `action`: what policy says (ACTION); `reason`: its reason code. `available`: passthrough is in use on this volume.
 */
export function chooseMode(
  action: number,
  reason: number,
  available: boolean,
  cached: number,
  direct: number,
  passthrough: number,
): number {
  if (passthrough > 0) {
    if (action === ACTION.passthrough) return MODE.passthrough | (reason << 4);
    const byDaemon = action === ACTION.direct || reason === OPEN_REASON['privileged-file'];
    const mode = byDaemon ? MODE.passthroughDirect : MODE.passthrough;
    return mode | (OPEN_REASON['inode-passthrough'] << 4);
  }
  if (action === ACTION.direct) return MODE.direct | (reason << 4);
  if (action !== ACTION.passthrough) return MODE.cached | (reason << 4);
  if (!available) return MODE.cached | (OPEN_REASON['passthrough-unavailable'] << 4);
  if (cached > 0) return MODE.cached | (OPEN_REASON['inode-cached'] << 4);
  if (direct > 0) return MODE.cached | (OPEN_REASON['inode-direct'] << 4);
  return MODE.passthrough | (reason << 4);
}
