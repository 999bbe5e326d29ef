/**
 * Opening a file on a node: policy decides, the arbiter makes it legal, the dialect registers the lower file.
 *
 * The lower file is opened with the app's own flags first wherever that can fail (ETXTBSY, immutable files), so that the
 * app sees the true error; only a reader of an inode that is registered already needs no lower descriptor at all.
 */
import { AT, ERRNO, O, sys } from '@sluice/sys';
import { ACCESS, ACTION, decisionAction, decisionRule, packDecision } from '@sluice/policy';
import { ATTR, FOPEN, OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { isWrittenBelow, mayBeMapped } from './live-mapping.ts';
import { BACKING_PENDING, NODE, NODE_FLAG } from './layout.ts';
import { MODE, OPEN_REASON, chooseMode, settleAction, spareSetId } from './open-mode.ts';
import { hasSetId } from './privileges.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/**
 * What of open(2)'s flags reaches the lower file. Not O_DIRECT: the daemon's buffers are not aligned to what the lower
 * file system wants. Not O_CREAT and O_EXCL: creating is another path. Not O_NONBLOCK: files here are regular.
 */
const LOWER_FLAGS = O.ACCMODE | O.TRUNC | O.APPEND | O.SYNC | O.DSYNC | O.NOATIME;

export function lowerOpenFlags(flags: number): number {
  return (flags & LOWER_FLAGS) | O.NOFOLLOW | O.LARGEFILE;
}

/** ACCESS bits of open flags. */
export function accessOf(flags: number): number {
  const mode = flags & O.ACCMODE;
  return mode === O.RDONLY ? ACCESS.read : mode === O.WRONLY ? ACCESS.write : ACCESS.read | ACCESS.write;
}

/** What the open asks of policy: ACCESS bits of open flags. */
export function askedOf(flags: number): number {
  return accessOf(flags) | ((flags & FMODE_EXEC) !== 0 ? ACCESS.mmap : 0);
}

/** __FMODE_EXEC (linux/fs.h): the file is opened to be executed. The kernel leaves it among the flags of an OPEN. */
const FMODE_EXEC = 0x20;

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
      memory.setU64(volume.scratch(SCRATCH.operand), 0);
      const truncated = sys.ftruncate(fd, request.address(volume.scratch(SCRATCH.operand)));
      if (truncated < 0) return giveUp(fd, truncated);
    }
  }
  const opens = memory.getU32(at + NODE.opens);
  memory.setU32(at + NODE.opens, opens + 1);
  if (decisionAction(decision) === ACTION.tree) volume.counters.add(COUNTER.treeOpens, 1);
  const wanted = spareSetId(settleAction(volume.costs, decision, asked, size, registered, opens), privileged);
  const result = openAs(volume, request, at, flags, fd, decision, wanted, outAt);
  if (volume.trace.on) {
    const settled = isAuto ? packDecision(wanted & 15, wanted >>> 4, decisionRule(decision)) : decision;
    volume.trace.opened(volume, request, at, asked, settled, result, outAt + OPEN_OUT.fh);
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

function openAs(
  volume: Volume,
  request: Request,
  at: number,
  flags: number,
  fd: number,
  decision: number,
  wanted: number,
  outAt: number,
): number {
  const { memory } = request;
  const { lock, dialect, nodes } = volume;
  let action = wanted & 15;
  let reason = wanted >>> 4;
  lock.acquire();
  let mode = 0;
  let backingId = 0;
  let knownMapped = false;
  for (;;) {
    if (memory.getI32(at + NODE.backingId) === BACKING_PENDING) {
      waitForRegistration(volume, request, at);
      continue;
    }
    if (action !== ACTION.passthrough && !knownMapped && mayBeMapped(volume, at)) {
      knownMapped = isWrittenBelow(volume, request, at, fd);
      if (fd >= 0) {
        // That closed it. Truncated it was when it was opened first.
        fd = reopen(volume, at, flags & ~O.TRUNC);
        if (fd < 0) {
          lock.release();
          return fd;
        }
      }
      continue;
    }
    const passthroughOpens = memory.getU32(at + NODE.passthroughOpens);
    const chosen = chooseMode(
      action,
      reason,
      dialect.name !== 'none',
      memory.getU32(at + NODE.cachedOpens),
      memory.getU32(at + NODE.directOpens),
      knownMapped ? Math.max(passthroughOpens, 1) : passthroughOpens,
    );
    mode = chosen & 15;
    const because = chosen >>> 4;
    if (mode !== MODE.passthrough && mode !== MODE.passthroughDirect) {
      reason = because;
      break;
    }
    backingId = memory.getI32(at + NODE.backingId);
    if (backingId <= 0) backingId = register(volume, request, at, fd);
    if (backingId > 0) {
      reason = because;
      break;
    }
    action = ACTION.cached;
    reason = OPEN_REASON['registration-failed'];
  }
  const { image } = volume.policy;
  const keepCache = keepsCache(volume, at, mode, flags) && image.keepCache(decision);
  const ahead = image.readAhead(decision);
  if (ahead > 0 && fd >= 0) {
    request.handOver();
    sys.readahead(fd, ahead);
  }
  count(volume, at, mode, 1);
  if (backingId > 0 && accessOf(flags) === (ACCESS.read | ACCESS.write))
    nodes.setFlag(at, NODE_FLAG.mappable, true);
  if (backingId > 0) volume.registrations.becomeUsed(at);
  const keepsFd = backingId <= 0 || accessOf(flags) !== ACCESS.read || memory.getU32(at + NODE.handle) === 0;
  const open = volume.openFiles.create(
    nodes.slotOf(at),
    mode,
    flags,
    keepsFd ? fd : -1,
    request.uid,
    request.gid,
  );
  if (open === 0) closeNode(volume, at, mode);
  lock.release();
  if (open === 0) {
    if (fd >= 0) sys.close(fd);
    return -ERRNO.ENFILE;
  }
  // The kernel re-opens the registered file by itself; what the daemon needs later is opened when it does.
  if (!keepsFd && fd >= 0) sys.close(fd);

  volume.openFiles.writeHandle(open, outAt + OPEN_OUT.fh);
  const noFlush = needsNoFlush(volume, at, flags) ? FOPEN.NOFLUSH : 0;
  memory.setU32(outAt + OPEN_OUT.open_flags, openFlagsFor(mode, keepCache, dialect.openFlags) | noFlush);
  memory.setI32(outAt + OPEN_OUT.backing_id, backingId > 0 ? backingId : 0);
  volume.counters.add(outcomeCounter(mode), 1);
  volume.counters.add(COUNTER.openReasons + reason, 1);
  return 0;
}

/** The lower file, opened as the app wants it. Leaves the table lock for it. */
function reopen(volume: Volume, at: number, flags: number): number {
  volume.lock.release();
  const fd = volume.lower.open(at, lowerOpenFlags(flags));
  volume.lock.acquire();
  return fd;
}

/** Takes an open off the node's counts and, with its last passthrough open, lets the registration idle. */
export function closeNode(volume: Volume, at: number, mode: number): void {
  count(volume, at, mode, -1);
  if (volume.memory.getU32(at + NODE.passthroughOpens) === 0) volume.registrations.becomeIdle(at);
}

/**
 * Whether an open that is being decided may keep the pages the kernel has cached: only in an unbroken run of cached opens
 * for reading.
 *
 * Passthrough writes leave old pages behind. So may cached and direct ones: the kernel lets a page be dropped and read
 * again between its copy of a WRITE and the daemon's, and what was read then is old (fs/fuse/file.c). Every open for
 * writing and every one that is not cached therefore breaks the run. A new one begins with an open of an inode that is
 * open nowhere, and is good for others once such an open has been closed, see {@link noteClosed}.
 */
function keepsCache(volume: Volume, at: number, mode: number, flags: number): boolean {
  const { memory, nodes } = volume;
  if (mode !== MODE.cached || accessOf(flags) !== ACCESS.read) {
    nodes.setFlag(at, NODE_FLAG.disturbed, true);
    nodes.setFlag(at, NODE_FLAG.keepCache, false);
    return false;
  }
  const opens =
    memory.getU32(at + NODE.cachedOpens) +
    memory.getU32(at + NODE.directOpens) +
    memory.getU32(at + NODE.passthroughOpens);
  if (opens === 0) nodes.setFlag(at, NODE_FLAG.disturbed, false);
  return nodes.flag(at, NODE_FLAG.keepCache);
}

/**
 * The kernel has closed a file it had opened. If that was a cached open in an unbroken run, it has dropped the pages of
 * before, and the next may keep what is there. Not earlier: answers overtake one another, and an open that keeps the pages
 * might be acted upon before the one that drops them.
 */
export function noteClosed(volume: Volume, at: number, mode: number): void {
  if (mode === MODE.cached && !volume.nodes.flag(at, NODE_FLAG.disturbed))
    volume.nodes.setFlag(at, NODE_FLAG.keepCache, true);
}

/**
 * Closing a descriptor ends its process' POSIX locks on the file, which FLUSH tells. A reader of a file on which nobody has
 * asked for a lock yet is let off that request: should it lock after all, RELEASE ends the lock, a moment later.
 */
function needsNoFlush(volume: Volume, at: number, flags: number): boolean {
  if (volume.features.locks !== 'lower') return false;
  return accessOf(flags) === ACCESS.read && !volume.nodes.flag(at, NODE_FLAG.locked);
}

function openFlagsFor(mode: number, keepCache: boolean, passthroughFlags: number): number {
  switch (mode) {
    case MODE.passthrough:
      return passthroughFlags;
    case MODE.passthroughDirect:
      return passthroughFlags | FOPEN.DIRECT_IO;
    case MODE.direct:
      return FOPEN.DIRECT_IO | FOPEN.PARALLEL_DIRECT_WRITES;
    default:
      return keepCache ? FOPEN.KEEP_CACHE : 0;
  }
}

function outcomeCounter(mode: number): number {
  if (mode === MODE.cached) return COUNTER.opensCached;
  return mode === MODE.direct ? COUNTER.opensDirect : COUNTER.opensPassthrough;
}

function count(volume: Volume, at: number, mode: number, by: number): void {
  const field =
    mode === MODE.cached ? NODE.cachedOpens : mode === MODE.direct ? NODE.directOpens : NODE.passthroughOpens;
  volume.memory.setU32(at + field, volume.memory.getU32(at + field) + by);
}

/**
 * Registers the node's lower file: its id, or -errno. Called and left with the table lock held, but without it during the
 * system call; other workers that open the node meanwhile wait, since two ids for one inode would conflict.
 */
function register(volume: Volume, request: Request, at: number, fd: number): number {
  const { memory } = request;
  memory.setI32(at + NODE.backingId, BACKING_PENDING);
  volume.lock.release();
  let lowerFd = fd;
  if (lowerFd < 0) lowerFd = volume.lower.open(at, O.PATH | O.NOFOLLOW);
  let id = lowerFd;
  if (lowerFd >= 0) {
    volume.caller.dropFsetid();
    id = volume.dialect.register(memory, volume.device, lowerFd, volume.scratch(SCRATCH.ioctl));
    volume.caller.regainFsetid();
    if (fd < 0) sys.close(lowerFd);
  }
  volume.counters.add(id > 0 ? COUNTER.registrationsOpened : COUNTER.registrationsFailed, 1);
  volume.lock.acquire();
  memory.setI32(at + NODE.backingId, id > 0 ? id : 0);
  sys.futexWake(request.address(at + NODE.backingId), 16);
  return id > 0 ? id : id === 0 ? -ERRNO.EIO : id;
}

/** Waits, without the table lock, until another worker's registration of the node is settled. */
function waitForRegistration(volume: Volume, request: Request, at: number): void {
  volume.lock.release();
  sys.futexWait(request.address(at + NODE.backingId), BACKING_PENDING >>> 0, 100);
  volume.lock.acquire();
}
