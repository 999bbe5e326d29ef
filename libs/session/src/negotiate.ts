/**
 * INIT: what the kernel offers, what we take. Everything taken is honoured by a handler or a comment here says who
 * honours it; a bit that nobody would honour is not set.
 */
import { ERRNO } from '@sluice/sys';
import { IN_HEADER, INIT_FLAGS, INIT_FLAGS2, INIT_IN, INIT_OUT } from '@sluice/wire';
import { chooseDialect, dialectIndex } from './dialects/choose.ts';
import type { Dialect } from './dialects/dialect.ts';
import { none } from './dialects/none.ts';
import { HEADER, MAX_TRANSFER } from './memory.ts';
import type { SessionMemory } from './memory.ts';
import type { Request } from './request.ts';

export const KERNEL_MAJOR = 7;
/** The protocol version we speak; the kernel takes the lower of its and ours. */
export const KERNEL_MINOR = 45;
/** Structs changed size up to 7.23; kernels older than that are not served. 4.14 speaks 7.26. */
export const OLDEST_MINOR = 23;
/** Before 7.28 there is no MAX_PAGES: a request carries 32 pages. */
const PAGE = 4096;
const MAX_BACKGROUND = 64;
const CONGESTION_THRESHOLD = 48;
const NO_BITS = { flags: 0, flags2: 0 };

const WANTED = {
  flags:
    INIT_FLAGS.ASYNC_READ |
    INIT_FLAGS.BIG_WRITES |
    INIT_FLAGS.ATOMIC_O_TRUNC |
    INIT_FLAGS.EXPORT_SUPPORT |
    // The lower kernel applies the umask: it alone knows whether a default ACL stands in its place.
    INIT_FLAGS.DONT_MASK |
    INIT_FLAGS.AUTO_INVAL_DATA |
    INIT_FLAGS.DO_READDIRPLUS |
    INIT_FLAGS.READDIRPLUS_AUTO |
    INIT_FLAGS.ASYNC_DIO |
    INIT_FLAGS.PARALLEL_DIROPS |
    INIT_FLAGS.MAX_PAGES |
    INIT_FLAGS.CACHE_SYMLINKS |
    INIT_FLAGS.HANDLE_KILLPRIV_V2 |
    INIT_FLAGS.SETXATTR_EXT |
    INIT_FLAGS.INIT_EXT,
  flags2: INIT_FLAGS2.DIRECT_IO_ALLOW_MMAP | INIT_FLAGS2.HAS_EXPIRE_ONLY,
} as const;

/** What a volume wants beyond that, where the kernel offers it. */
export interface Wishes {
  /** The passthrough dialect the kernel offers; otherwise `none`. */
  passthrough: boolean;
  /** Locks are asked of the daemon instead of being the mount's own. */
  locks: boolean;
  /** The kernel reads access ACLs and checks them. */
  acl: boolean;
  /** The mount may be idmapped. The kernel then tells callers' ids only with what creates something. */
  idmap: boolean;
}

export interface Negotiated {
  minor: number;
  flags: number;
  flags2: number;
  dialect: Dialect;
  /** The kernel offered what the dialect needs. */
  offered: boolean;
}

/**
 * Answers the INIT in `request`: the payload's length, or -EPROTO for a kernel that is too old, and what was settled in
 * `settled`.
 */
export function answerInit(request: Request, wishes: Wishes, settled: Negotiated): number {
  const { memory, argumentAt, payloadAt } = request;
  const major = memory.getU32(argumentAt + INIT_IN.major);
  const playedMinor = memory.getU32(HEADER.playedMinor);
  const minor =
    playedMinor === 0
      ? memory.getU32(argumentAt + INIT_IN.minor)
      : Math.min(playedMinor, memory.getU32(argumentAt + INIT_IN.minor));
  memory.setU32(HEADER.offeredMinor, minor);
  request.zeroPayload(INIT_OUT.SIZE);
  memory.setU32(payloadAt + INIT_OUT.major, KERNEL_MAJOR);
  memory.setU32(payloadAt + INIT_OUT.minor, KERNEL_MINOR);
  // A newer major asks again in ours after this short answer.
  if (major > KERNEL_MAJOR) return INIT_OUT.SIZE;
  if (major < KERNEL_MAJOR || minor < OLDEST_MINOR) return -ERRNO.EPROTO;

  const offeredFlags = played(
    memory,
    memory.getU32(argumentAt + INIT_IN.flags),
    HEADER.playedWithoutFlags,
    HEADER.playedWithFlags,
  );
  // Kernels before 7.36 send no second word: what lies there is left over from another request.
  const hasFlags2 = request.length >= IN_HEADER.SIZE + INIT_IN.flags2 + 4;
  const extended = hasFlags2 && (offeredFlags & INIT_FLAGS.INIT_EXT) !== 0;
  const offeredFlags2 = extended
    ? played(
        memory,
        memory.getU32(argumentAt + INIT_IN.flags2),
        HEADER.playedWithoutFlags2,
        HEADER.playedWithFlags2,
      )
    : 0;
  memory.setU32(HEADER.offeredFlags, offeredFlags);
  memory.setU32(HEADER.offeredFlags2, offeredFlags2);
  const offer = { minor, flags: offeredFlags, flags2: offeredFlags2 };
  const spoken = chooseDialect(offer);
  const dialect = wishes.passthrough ? spoken : none;
  const bits = dialect.accepts(offer) ?? NO_BITS;
  const flags = ((offeredFlags & (WANTED.flags | wishedFlags(wishes))) | bits.flags) >>> 0;
  const flags2 = ((offeredFlags2 & (WANTED.flags2 | wishedFlags2(wishes))) | bits.flags2) >>> 0;
  const bigRequests = (flags & INIT_FLAGS.MAX_PAGES) !== 0;

  memory.setU32(payloadAt + INIT_OUT.max_readahead, memory.getU32(argumentAt + INIT_IN.max_readahead));
  memory.setU32(payloadAt + INIT_OUT.flags, flags);
  memory.setU16(payloadAt + INIT_OUT.max_background, MAX_BACKGROUND);
  memory.setU16(payloadAt + INIT_OUT.congestion_threshold, CONGESTION_THRESHOLD);
  memory.setU32(payloadAt + INIT_OUT.max_write, bigRequests ? MAX_TRANSFER : 32 * PAGE);
  memory.setU32(payloadAt + INIT_OUT.time_gran, 1);
  memory.setU16(payloadAt + INIT_OUT.max_pages, bigRequests ? MAX_TRANSFER / PAGE : 0);
  memory.setU32(payloadAt + INIT_OUT.flags2, flags2);
  memory.setU32(payloadAt + INIT_OUT.max_stack_depth, dialect.maxStackDepth);

  settled.minor = Math.min(minor, KERNEL_MINOR);
  settled.flags = flags;
  settled.flags2 = flags2;
  settled.dialect = dialect;
  settled.offered = spoken.name !== 'none';
  memory.setU32(HEADER.initMinor, settled.minor);
  memory.setU32(HEADER.initFlags, flags);
  memory.setU32(HEADER.initFlags2, flags2);
  memory.setU32(HEADER.initPassthrough, (settled.offered ? 1 : 0) | (dialect.name === 'none' ? 0 : 2));
  memory.setU32(HEADER.initDialect, dialectIndex(dialect));
  memory.store(HEADER.initDone, 1);
  return INIT_OUT.SIZE;
}

/** A word of the offer as tests play it: as it is where they play nothing. */
function played(memory: SessionMemory, word: number, withoutAt: number, withAt: number): number {
  return ((word & ~memory.getU32(withoutAt)) | memory.getU32(withAt)) >>> 0;
}

function wishedFlags({ locks, acl }: Wishes): number {
  return (locks ? INIT_FLAGS.POSIX_LOCKS | INIT_FLAGS.FLOCK_LOCKS : 0) | (acl ? INIT_FLAGS.POSIX_ACL : 0);
}

function wishedFlags2({ idmap }: Wishes): number {
  return idmap ? INIT_FLAGS2.ALLOW_IDMAP : 0;
}
