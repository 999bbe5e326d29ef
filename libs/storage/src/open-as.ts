/**
 * The second half of an open: what policy wants is made legal for the inode as it is now, the lower file is registered, and
 * the reply is written.
 *
 * Where a registration is the inode's it comes before the mode is settled: other opens of the inode wait for it. Where it is
 * the open's own it comes last, when nothing else can fail any more, since an id that the kernel does not consume cannot be
 * given back.
 */
import { ERRNO, O, sys } from '@sluice/sys';
import { ACTION } from '@sluice/policy';
import { FOPEN, OPEN_OUT } from '@sluice/wire';
import type { Request } from '@sluice/session';
import { COUNTER } from './counters.ts';
import { keepsCache } from './kept-pages.ts';
import { BACKING_PENDING, NODE, NODE_FLAG, OPEN_FILE } from './layout.ts';
import { isWrittenBelow, mayBeMapped } from './live-mapping.ts';
import { lowerOpenFlags } from './open-flags.ts';
import {
  MODE,
  OPEN_REASON,
  chooseMode,
  exactReason,
  modeWithoutRegistration,
  refusalReason,
} from './open-mode.ts';
import { registerNode, registerOpen, waitForRegistration } from './register-lower.ts';
import type { Volume } from './volume.ts';

/**
 * Opens the node as `wanted` (`action | reason << 4`) and writes the `fuse_open_out` at `outAt`. `fd`: its lower file, or -1
 * where a reader of a registered inode needs none; it is taken over. 0 or -errno.
 */
export function openAs(
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
  const { lock, nodes, openFiles } = volume;
  readAhead(volume, request, decision, fd);
  lock.acquire();
  let mode = 0;
  let reason = 0;
  let id = 0;
  let knownMapped = false;
  let isRefused = false;
  for (;;) {
    if (memory.getI32(at + NODE.backingId) === BACKING_PENDING) {
      waitForRegistration(volume, request, at);
      continue;
    }
    if ((wanted & 15) !== ACTION.passthrough && !knownMapped && mayBeMapped(volume, at)) {
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
    const chosen = chooseFor(volume, at, wanted, knownMapped);
    mode = chosen & 15;
    reason = exactReason(chosen >>> 4, volume.isUnprivileged);
    if (!passes(mode) || volume.dialect.owner !== 'inode') break;
    if (isRefused) {
      // Nobody has it open in this mode, or there would be an id: it is written to by a mapping.
      mode = modeWithoutRegistration(true);
      reason = wanted >>> 4;
      break;
    }
    id = registerNode(volume, request, at, fd);
    if (id > 0) break;
    isRefused = true;
    wanted = ACTION.cached | (refusalReason(id) << 4);
  }
  if (mode === MODE.cached && nodes.flag(at, NODE_FLAG.mappable)) {
    // Somebody may write by a mapping, and the opens beside are direct for that reason: pages would grow old for this one.
    mode = MODE.direct;
    reason = OPEN_REASON['inode-direct'];
  }
  let keepCache = keepsCache(volume, at, mode, flags);
  count(volume, at, mode, 1);
  const open = openFiles.create(nodes.slotOf(at), mode, flags, fd, request.uid, request.gid);
  if (open === 0) {
    closeNode(volume, at, mode);
    lock.release();
    if (fd >= 0) sys.close(fd);
    return -ERRNO.ENFILE;
  }
  if (passes(mode) && volume.dialect.owner !== 'inode') {
    id = registerOpen(volume, request, flags, fd);
    if (id < 0) {
      count(volume, at, mode, -1);
      mode = modeWithoutRegistration(maySeeOldPages(volume, at));
      reason = refusalReason(id);
      keepCache = keepsCache(volume, at, mode, flags);
      count(volume, at, mode, 1);
      memory.setU32(open + OPEN_FILE.mode, mode);
    }
  }
  const isPassing = passes(mode);
  if (isPassing) notePassing(volume, at, flags);
  // What the kernel has of the registered file is its own; what the daemon needs later is opened when it does.
  const spare = isPassing && (flags & O.ACCMODE) === O.RDONLY && memory.getU32(at + NODE.handle) !== 0;
  if (spare) memory.setI32(open + OPEN_FILE.fd, -1);
  lock.release();
  if (spare && fd >= 0) sys.close(fd);

  const keeps = keepCache && volume.policy.image.keepCache(decision);
  openFiles.writeHandle(open, outAt + OPEN_OUT.fh);
  const noFlush = needsNoFlush(volume, at, flags) ? FOPEN.NOFLUSH : 0;
  memory.setU32(outAt + OPEN_OUT.open_flags, openFlagsFor(mode, keeps, volume.dialect.openFlags) | noFlush);
  memory.setI32(outAt + OPEN_OUT.backing_id, isPassing ? id : 0);
  volume.counters.add(outcomeCounter(mode), 1);
  volume.counters.add(COUNTER.openReasons + reason, 1);
  return 0;
}

/** Takes an open off the node's counts and, with its last passthrough open, lets the registration idle. */
export function closeNode(volume: Volume, at: number, mode: number): void {
  count(volume, at, mode, -1);
  if (volume.memory.getU32(at + NODE.passthroughOpens) === 0) volume.registrations.becomeIdle(at);
}

/** `mode | reason << 4` for the node as it is now. `knownMapped`: somebody may write by a mapping of the lower file. */
function chooseFor(volume: Volume, at: number, wanted: number, knownMapped: boolean): number {
  const { memory } = volume;
  const passthrough = memory.getU32(at + NODE.passthroughOpens);
  return chooseMode(
    volume.dialect,
    wanted & 15,
    wanted >>> 4,
    memory.getU32(at + NODE.cachedOpens),
    memory.getU32(at + NODE.directOpens),
    knownMapped ? Math.max(passthrough, 1) : passthrough,
  );
}

function passes(mode: number): boolean {
  return mode === MODE.passthrough || mode === MODE.passthroughDirect;
}

/** Whether a cached open would stand beside what may change the file below: opens that pass through, and mappings. */
function maySeeOldPages(volume: Volume, at: number): boolean {
  return volume.memory.getU32(at + NODE.passthroughOpens) > 0 || volume.nodes.flag(at, NODE_FLAG.mappable);
}

/** The node has one more open that passes through: its registration is in use, and a mapping may outlive it. */
function notePassing(volume: Volume, at: number, flags: number): void {
  if ((flags & O.ACCMODE) === O.RDWR) volume.nodes.setFlag(at, NODE_FLAG.mappable, true);
  volume.registrations.becomeUsed(at);
}

/** The lower file, opened as the app wants it. Leaves the table lock for it. */
function reopen(volume: Volume, at: number, flags: number): number {
  volume.lock.release();
  const fd = volume.lower.open(at, lowerOpenFlags(flags));
  volume.lock.acquire();
  return fd;
}

function readAhead(volume: Volume, request: Request, decision: number, fd: number): void {
  const ahead = volume.policy.image.readAhead(decision);
  if (ahead <= 0 || fd < 0) return;
  request.handOver();
  sys.readahead(fd, ahead);
}

/**
 * Closing a descriptor ends its process' POSIX locks on the file, which FLUSH tells. A reader of a file on which nobody has
 * asked for a lock yet is let off that request: should it lock after all, RELEASE ends the lock, a moment later.
 */
function needsNoFlush(volume: Volume, at: number, flags: number): boolean {
  if (volume.features.locks !== 'lower') return false;
  return (flags & O.ACCMODE) === O.RDONLY && !volume.nodes.flag(at, NODE_FLAG.locked);
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
