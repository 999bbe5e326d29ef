/**
 * Where the volume's tables lie in session memory, and the shape of their records. All records are made of u32 words;
 * the numbers below are byte offsets.
 */
import { roundUp } from '@sluice/session';
import type { SessionGeometry } from '@sluice/session';
import { PAGE_DROP_BYTES } from './page-drops/page-drop-queue.ts';
import { TRACE_REGION_BYTES } from './trace/trace-ring.ts';

export interface StorageGeometry {
  /** Nodes the volume can know at once. */
  nodes: number;
  /** Bytes for their names. */
  nameBytes: number;
  openFiles: number;
  /** Cached descriptors of lower directories. */
  directoryFds: number;
  /** Holders of locks that reach the lower tree, each with a lower open file; and lock requests that wait. */
  lockOwners: number;
  lockWaits: number;
  /** Further names of nodes with several. */
  aliases: number;
}

/** Untouched capacity costs nothing: session memory is sparse. */
export const DEFAULT_STORAGE_GEOMETRY: StorageGeometry = {
  nodes: 1 << 21,
  nameBytes: 128 << 20,
  openFiles: 1 << 18,
  directoryFds: 256,
  lockOwners: 4096,
  lockWaits: 1024,
  aliases: 1 << 16,
};

/** Words shared by all workers, at the start of the storage region; guarded by the table lock. */
export const SHARED = {
  /** Nodes in use, the root included. */
  nodeCount: 0,
  nodeFree: 4,
  nodeTop: 8,
  nameTop: 12,
  /** Heads of the free lists of name blocks, one per size class. */
  nameFree: 16,
  openCount: 48,
  openFree: 52,
  openTop: 56,
  /** Idle registrations, least recently used first; and how many. */
  idleHead: 60,
  idleTail: 64,
  idleCount: 68,
  /** Descriptor cache: least and most recently used entry. */
  fdHead: 72,
  fdTail: 76,
  /** 1: lower files are found again by file handle; 0: by name beneath the parent. */
  reopenByHandle: 80,
  /** Lock owners and waits: free lists, tops, counts, and the waits in order. */
  lockOwnerFree: 84,
  lockOwnerTop: 88,
  lockOwnerCount: 92,
  lockWaitFree: 96,
  lockWaitTop: 100,
  lockWaitCount: 104,
  lockWaitHead: 108,
  lockWaitTail: 112,
  /** Descriptor cache entries that hold removed objects. */
  heldFds: 116,
  /** Further names: free list and top. */
  aliasFree: 120,
  aliasTop: 124,
  SIZE: 128,
} as const;

export const NODE = {
  /** Goes up each time the slot is used again: a stale nodeid is an error, never another file. */
  generation: 0,
  /** NODE_FLAG bits; the file type (S_IFMT) in the upper half. */
  flags: 4,
  /** u64. */
  lookups: 8,
  /** Identity of the lower object: device (minor, major), inode number, birth time. */
  device: 16,
  ino: 24,
  birthSeconds: 32,
  birthNanoseconds: 36,
  parent: 40,
  /** Offset of the name in the name region, and its length in bytes. */
  name: 44,
  nameLength: 48,
  /** Next in the identity hash chain, or in the free list. */
  next: 52,
  /** Nodes that name this one as their parent, and open files and directories of it. */
  references: 56,
  /** State of the policy automaton at this path, valid while pathEpoch is the session's. */
  policyState: 60,
  pathEpoch: 64,
  /** Descriptor cache entry + 1; 0: none. */
  fdEntry: 68,
  cachedOpens: 72,
  directOpens: 76,
  passthroughOpens: 80,
  /** 0: none; BACKING_PENDING: a worker is registering. */
  backingId: 84,
  idlePrevious: 88,
  idleNext: 92,
  /** First of its further names (ALIAS slot); 0: none. */
  aliases: 96,
  /** How often it was opened since it became known. */
  opens: 100,
  /** Of a directory: 1 + the path epoch in which it was told of as a tree. */
  treeTold: 104,
  /** struct file_handle: u32 bytes, i32 type, bytes. 0 bytes: this node is reopened by name. */
  handle: 112,
  SIZE: 160,
} as const;

export const HANDLE_CAPACITY = NODE.SIZE - NODE.handle - 8;

export const NODE_FLAG = {
  used: 1,
  /** In the identity hash. Unhashed nodes are those whose inode number was seen to be another object's. */
  hashed: 2,
  /** The page cache may be kept on the next cached open. */
  keepCache: 4,
  /** In the idle registration list. */
  idle: 8,
  /** Born so shortly before it was last seen that another object may carry the same number and birth time. */
  young: 16,
  /** The lower file may have been written to since the page cache was last known to be right. */
  disturbed: 32,
  /** A lock was asked for. Files of it are closed with a FLUSH from then on. */
  locked: 64,
  /** Removed by us: its descriptor cache entry holds the object until the kernel forgets it. */
  held: 128,
  /** Opened for reading and writing in passthrough mode: a mapping of the lower file may have outlived the open. */
  mappable: 256,
  /** The view of the file in which its location is hidden: another node than the plain one of the same lower file. */
  redacted: 512,
  /** Was seen to have several names. */
  linked: 1024,
} as const;

export const BACKING_PENDING = -1;

export const OPEN_FILE = {
  generation: 0,
  /** 0: free. MODE of the open, or OPEN_DIRECTORY. */
  mode: 4,
  node: 8,
  /** open(2) flags as the kernel sent them. */
  flags: 12,
  /** Lower descriptor, -1 while none is needed. */
  fd: 16,
  /** Policy epoch of the decision. */
  policyEpoch: 20,
  /** Directories: d_off at which the lower descriptor stands, u64. */
  position: 24,
  next: 32,
  /** 1: locks were asked for by way of it. */
  locks: 36,
  /** Who opened it. */
  uid: 40,
  gid: 44,
  /** Number of the trace that knows of it, and what READ and WRITE carried for it meanwhile, u64 each. */
  traced: 48,
  tracedRead: 56,
  tracedWritten: 64,
  SIZE: 72,
} as const;

/** A further name of a node. */
export const ALIAS = {
  parent: 0,
  name: 4,
  nameLength: 8,
  /** State of the policy automaton at this path, valid while pathEpoch is the session's. */
  policyState: 12,
  pathEpoch: 16,
  /** Next of the same node, or in the free list. */
  next: 20,
  SIZE: 24,
} as const;

export const FD_ENTRY = {
  fd: 0,
  node: 4,
  pins: 8,
  previous: 12,
  next: 16,
  SIZE: 20,
} as const;

export const LOCK_OWNER = {
  /** The kernel's u64 for it. */
  owner: 0,
  /** 0: free. */
  node: 8,
  /** LOCK_KIND. */
  kind: 12,
  /** Slot of the open file by which its first lock came. */
  file: 16,
  /** Lower descriptor of an open file that is its own. */
  fd: 20,
  pid: 24,
  /** 1: it may hold locks. */
  holds: 28,
  /** How many of its requests wait. */
  waits: 32,
  next: 36,
  SIZE: 40,
  BUCKETS: 256,
} as const;

export const LOCK_WAIT = {
  /** u64 of the request that is to be answered. */
  unique: 0,
  owner: 8,
  /** `fuse_file_lock`. */
  lock: 16,
  /** The kernel's u64 for the owner that stands in the way, 0 if it is not on this mount. */
  holder: 40,
  node: 48,
  kind: 52,
  next: 56,
  SIZE: 64,
} as const;

export interface StorageLayout {
  geometry: StorageGeometry;
  shared: number;
  hash: number;
  /** A power of two. */
  hashBuckets: number;
  nodes: number;
  names: number;
  openFiles: number;
  fdEntries: number;
  lockBuckets: number;
  /** Slot 0 is none, here and below. */
  lockOwners: number;
  lockWaits: number;
  /** Slot 0 is none. */
  aliases: number;
  /** 64 bytes for the volume server's main thread. */
  pollerScratch: number;
  /** The ring of page-drops/page-drop-queue.ts. */
  pageDrops: number;
  /** TRACE (trace/trace-ring.ts). */
  trace: number;
  end: number;
}

/** `start`: offset of the storage region in session memory. */
export function planStorage(geometry: StorageGeometry, start: number): StorageLayout {
  const hashBuckets = 2 ** Math.max(8, Math.ceil(Math.log2(geometry.nodes / 2)));
  const hash = start + SHARED.SIZE;
  const nodes = roundUp(hash + hashBuckets * 4, 64);
  const names = roundUp(nodes + geometry.nodes * NODE.SIZE, 4096);
  const openFiles = roundUp(names + geometry.nameBytes, 64);
  const fdEntries = roundUp(openFiles + geometry.openFiles * OPEN_FILE.SIZE, 64);
  const lockBuckets = roundUp(fdEntries + (geometry.directoryFds + 1) * FD_ENTRY.SIZE, 64);
  const lockOwners = lockBuckets + LOCK_OWNER.BUCKETS * 4;
  const lockWaits = lockOwners + (geometry.lockOwners + 1) * LOCK_OWNER.SIZE;
  const aliases = lockWaits + (geometry.lockWaits + 1) * LOCK_WAIT.SIZE;
  const pollerScratch = roundUp(aliases + (geometry.aliases + 1) * ALIAS.SIZE, 64);
  const pageDrops = roundUp(pollerScratch + 64, 64);
  const trace = roundUp(pageDrops + PAGE_DROP_BYTES, 64);
  const end = trace + TRACE_REGION_BYTES;
  return {
    geometry,
    shared: start,
    hash,
    hashBuckets,
    nodes,
    names,
    openFiles,
    fdEntries,
    lockBuckets,
    lockOwners,
    lockWaits,
    aliases,
    pollerScratch,
    pageDrops,
    trace,
    end,
  };
}

/** The session geometry of a volume. */
export function sessionGeometry(workers: number, geometry: StorageGeometry): SessionGeometry {
  return { workers, storageBytes: planStorage(geometry, 0).end };
}
