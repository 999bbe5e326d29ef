/**
 * Opening a file on a node: policy decides, the arbiter makes it legal, the dialect registers the lower file.
 *
 * The lower file is opened with the app's own flags first wherever that can fail (ETXTBSY, immutable files), so that the
 * app sees the true error; only a reader of an inode that is registered already needs no lower descriptor at all.
 */
import { AT, ERRNO, O, sys } from '@sluice/sys';
import { ACCESS, ACTION, decisionAction, decisionRule, packDecision } from '@sluice/policy';
import { ATTR, OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { NODE, NODE_FLAG } from './layout.ts';
import { openAs } from './open-as.ts';
import { accessOf, askedOf, lowerOpenFlags } from './open-flags.ts';
import { settleAction, spareMappings, spareSetId } from './open-mode.ts';
import { hasSetId } from './privileges.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/**
 * Opens the node at `at` with `flags` and writes the `fuse_open_out` at `outAt`. `fd`: its lower file opened already, or
 * -1; it is closed on failure. `made`: the request has just made the file. 0 or -errno.
 */
export function openNode(
  volume: Volume,
  request: Request,
  at: number,
  flags: number,
  fd: number,
  outAt: number,
  made: boolean,
): number {
  const { memory } = request;
  const { decisions } = volume;
  const access = accessOf(flags);
  const writes = (access & ACCESS.write) !== 0;
  const asked = askedOf(flags) | (made ? ACCESS.create : 0);
  volume.lock.acquire();
  let decision = decisions.about(request, at, asked, 0);
  const bySize = decisions.dependsOnSize(request, at, asked);
  const registered = memory.getI32(at + NODE.backingId) > 0;
  volume.lock.release();
  const isAuto = decisionAction(decision) === ACTION.auto;
  const needsSize = bySize || (isAuto && !registered && !writes);
  if (!bySize) {
    const refused = refusal(volume, at, decision, writes, made);
    if (refused < 0) return giveUp(fd, refused);
  }

  if (fd < 0 && (writes || !registered || (flags & O.TRUNC) !== 0)) {
    // What a refusal by size must not truncate.
    const early = bySize ? flags & ~O.TRUNC : flags;
    fd = volume.lower.open(at, lowerOpenFlags(early));
    if (fd < 0) return fd;
  }
  let size = 0;
  let privileged = false;
  if (needsSize || writes) {
    const statAt = volume.scratch(SCRATCH.stat);
    const result =
      fd >= 0 ? sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt)) : volume.lower.stat(at, statAt);
    if (result < 0) return giveUp(fd, result);
    size = memory.getU64Approximate(statAt + ATTR.size);
    privileged = writes && hasSetId(memory.getU32(statAt + ATTR.mode));
  }
  if (bySize) {
    volume.lock.acquire();
    decision = decisions.about(request, at, asked, size);
    volume.lock.release();
    const refused = refusal(volume, at, decision, writes, made);
    if (refused < 0) return giveUp(fd, refused);
    if ((flags & O.TRUNC) !== 0) {
      // Opened anew, since ftruncate wants a descriptor for writing, and an open for reading truncates as well.
      if (fd >= 0) sys.close(fd);
      fd = volume.lower.open(at, lowerOpenFlags(flags));
      if (fd < 0) return fd;
    }
  }
  const opens = memory.getU32(at + NODE.opens);
  memory.setU32(at + NODE.opens, opens + 1);
  if (decisionAction(decision) === ACTION.tree) volume.counters.add(COUNTER.treeOpens, 1);
  // A registration that each open pays anew is not spread over them.
  const sharing = volume.dialect.owner === 'inode' ? opens : 0;
  const settled = settleAction(volume.costs, decision, asked, size, registered, sharing);
  const wanted = spareSetId(spareMappings(settled, decision, volume.mapsLowerFile), privileged);
  const result = openAs(volume, request, at, flags, fd, decision, wanted, outAt);
  if (volume.trace.on) {
    const told = isAuto ? packDecision(settled & 15, settled >>> 4, decisionRule(decision)) : decision;
    volume.trace.opened(volume, request, at, asked, told, result, outAt + OPEN_OUT.fh);
  }
  return result;
}

/**
 * What speaks against the open as such: -errno, or 0. ESTALE: the node is not the caller's view of the file, or hidden from
 * it; the kernel looks the name up again and comes with the node that is.
 */
function refusal(volume: Volume, at: number, decision: number, writes: boolean, made: boolean): number {
  const action = decisionAction(decision);
  if (action === ACTION.deny) return -volume.policy.image.ruleErrno(decision);
  if (action === ACTION.hide) return made ? 0 : -ERRNO.ESTALE;
  const isRedactedView = volume.nodes.flag(at, NODE_FLAG.redacted);
  if (made && !isRedactedView) return 0;
  if ((action === ACTION.redact) !== isRedactedView) return -ERRNO.ESTALE;
  return isRedactedView && writes ? -ERRNO.EACCES : 0;
}

function giveUp(fd: number, result: number): number {
  if (fd >= 0) sys.close(fd);
  return result;
}
