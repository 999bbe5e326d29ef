/**
 * A volume as one worker sees it: the shared tables in session memory, the lower tree, the policy, and the table of
 * operations by opcode. One object per worker; nothing in it is shared but what lies in session memory.
 */
import type { AutoCosts } from '@sluice/policy';
import { LOWER_STAT } from '@sluice/sys';
import { IN_HEADER, OPCODES } from '@sluice/wire';
import { dialectAt, HEADER, isUnprivileged, Lock, mapsLowerFile, WORKER } from '@sluice/session';
import type {
  Dialect,
  FileSystem,
  Handler,
  Negotiated,
  Request,
  SessionMemory,
  WorkerCounters,
} from '@sluice/session';
import { Aliases } from './aliases.ts';
import { readCosts } from './auto-costs.ts';
import { CallerIdentity } from './caller.ts';
import { COUNTER } from './counters.ts';
import { Decisions } from './decisions.ts';
import { Deferred } from './deferred.ts';
import { DirectoryFds } from './directory-fds.ts';
import type { LowerEntry } from './directory-stream.ts';
import { NODE, NODE_FLAG, SHARED, planStorage } from './layout.ts';
import type { StorageGeometry } from './layout.ts';
import type { VolumeFeatures } from './features.ts';
import { FileLocks } from './locks/file-locks.ts';
import { LowerTree } from './lower-tree.ts';
import { forgetAliases } from './node-names.ts';
import { NodeTable, ROOT } from './node-table.ts';
import { OpenFiles } from './open-files.ts';
import { operationOf } from './operations/index.ts';
import { PageDropQueue } from './page-drops/page-drop-queue.ts';
import { PolicyStates } from './policy-state.ts';
import { Redaction } from './redaction.ts';
import { Registrations } from './registrations.ts';
import { SCRATCH } from './scratch-layout.ts';
import { TraceRecorder } from './trace/trace-recorder.ts';
import { takeBack } from './take-back.ts';

export interface VolumeOptions {
  geometry: StorageGeometry;
  /** O_RDONLY | O_DIRECTORY descriptor of the source. */
  rootFd: number;
  /** The /dev/fuse descriptor. */
  device: number;
  /** Validity of entries and attributes, seconds. */
  timeoutSeconds: number;
  features: VolumeFeatures;
  /** Take the passthrough dialect the kernel offers. False where the trial failed. */
  allowPassthrough: boolean;
  /** A lock request has begun to wait: somebody is to look after holders on the lower tree. */
  onLockWait: () => void;
  /** A WRITE waits for pages to be dropped, and nobody drops any: a PageDropper is to run. */
  onPagesToDrop: () => void;
  /** A `tree` directory is known now, or (`moved`) a directory has another path. Bytes, relative to the volume. */
  onTree: (path: Uint8Array, moved: boolean) => void;
  /** Told once for each request that met a defect of ours. */
  onFault: (opcode: number, error: unknown) => void;
}

/** One FUSE operation: a reply's payload length, -errno, or NO_REPLY. */
export type Operation = (volume: Volume, request: Request) => number;

export class Volume implements FileSystem {
  readonly handlers: readonly (Handler | undefined)[];
  readonly memory: SessionMemory;
  readonly nodes: NodeTable;
  readonly openFiles: OpenFiles;
  readonly registrations: Registrations;
  readonly lower: LowerTree;
  readonly locks: FileLocks;
  readonly pageDrops: PageDropQueue;
  readonly features: VolumeFeatures;
  readonly onLockWait: () => void;
  readonly onPagesToDrop: () => void;
  readonly onTree: VolumeOptions['onTree'];
  readonly policy: PolicyStates;
  readonly aliases: Aliases;
  readonly decisions: Decisions;
  readonly redaction: Redaction;
  /** What `auto` weighs. */
  readonly costs: AutoCosts;
  readonly deferred = new Deferred();
  readonly counters: WorkerCounters;
  readonly caller: CallerIdentity;
  readonly trace: TraceRecorder;
  readonly lock: Lock;
  readonly device: number;
  readonly allowPassthrough: boolean;
  readonly settled: Negotiated;
  readonly validSeconds: number;
  readonly validNanoseconds: number;
  /** Address of an empty string. */
  readonly emptyPath: number;
  readonly reopensByHandle: boolean;
  /** Reused by every READDIR. */
  readonly lowerEntry: LowerEntry = {
    at: 0,
    type: 0,
    nameAt: 0,
    nameLength: 0,
    share: 1,
    mayBeHidden: false,
  };
  readonly #request: Request;
  readonly #directoryFds: DirectoryFds;
  readonly #onFault: VolumeOptions['onFault'];
  #settledSeen = false;
  #dialectSeen = -1;

  constructor(request: Request, counters: WorkerCounters, options: VolumeOptions) {
    const { memory } = request;
    this.memory = memory;
    this.#request = request;
    this.caller = new CallerIdentity(request, options.features.ownership);
    this.counters = counters;
    this.device = options.device;
    this.allowPassthrough = options.allowPassthrough;
    this.features = options.features;
    this.onLockWait = options.onLockWait;
    this.onPagesToDrop = options.onPagesToDrop;
    this.onTree = options.onTree;
    this.#onFault = options.onFault;
    this.settled = { minor: 0, flags: 0, flags2: 0, dialect: dialectAt(-1), offered: false };
    this.validSeconds = Math.floor(options.timeoutSeconds);
    this.validNanoseconds = Math.round((options.timeoutSeconds % 1) * 1e9);
    // The last word of the header page is never written.
    this.emptyPath = memory.base + 4092;
    const layout = planStorage(options.geometry, memory.storageAt);
    this.lock = new Lock(memory, HEADER.tableLock);
    this.nodes = new NodeTable(memory, layout);
    this.openFiles = new OpenFiles(memory, layout);
    this.registrations = new Registrations(this.nodes, this.deferred);
    this.#directoryFds = new DirectoryFds(memory, layout, this.deferred);
    this.reopensByHandle = memory.getU32(layout.shared + SHARED.reopenByHandle) !== 0;
    this.policy = new PolicyStates(this.nodes);
    this.aliases = new Aliases(this.nodes);
    this.decisions = new Decisions(this.nodes, this.policy, this.aliases);
    this.redaction = new Redaction(memory);
    this.costs = readCosts(memory);
    this.trace = new TraceRecorder(this.nodes, this.openFiles, this.lock);
    this.pageDrops = new PageDropQueue(memory, layout.pageDrops);
    this.locks = new FileLocks(memory, layout, options.device, request.scratchAt + SCRATCH.lock);
    this.lower = new LowerTree({
      request,
      nodes: this.nodes,
      lock: this.lock,
      directoryFds: this.#directoryFds,
      deferred: this.deferred,
      rootFd: options.rootFd,
      reopensByHandle: this.reopensByHandle,
      emptyPath: this.emptyPath,
    });
    this.handlers = this.#table();
  }

  get dialect(): Dialect {
    return this.settled.dialect;
  }

  /** Mappings of files that pass through see what passes the daemon by. */
  get mapsLowerFile(): boolean {
    return mapsLowerFile(this.memory, this.dialect);
  }

  /** There is no passthrough for want of CAP_SYS_ADMIN. */
  get isUnprivileged(): boolean {
    return isUnprivileged(this.memory);
  }

  begin(request: Request): void {
    this.policy.refresh();
    this.memory.store(request.control + WORKER.policyEpoch, this.policy.epoch);
    // INIT may have been another worker's, and so may the registration that found out the dialect.
    const { memory, settled } = this;
    if (memory.load(HEADER.initDone) !== 1) return;
    const dialect = memory.getU32(HEADER.initDialect);
    if (this.#settledSeen && dialect === this.#dialectSeen) return;
    settled.dialect = dialectAt(dialect);
    settled.flags = memory.getU32(HEADER.initFlags);
    this.#dialectSeen = dialect;
    this.#settledSeen = true;
  }

  undelivered(request: Request): void {
    this.counters.add(COUNTER.undelivered, 1);
    takeBack(this, request);
    this.#endRequest();
  }

  fault(request: Request, error: unknown): void {
    this.counters.add(COUNTER.faults, 1);
    this.lock.releaseIfHeld();
    this.#endRequest();
    this.#onFault(request.opcode, error);
  }

  /** The record of the request's node, or 0: the nodeid is not known (any more). */
  node(request: Request): number {
    return this.nodes.find(request.nodeSlot, request.nodeGeneration);
  }

  /** The record of the nodeid at offset `nodeidAt`, or 0. */
  nodeAt(nodeidAt: number): number {
    return this.nodes.find(this.memory.getU32(nodeidAt), this.memory.getU32(nodeidAt + 4));
  }

  /** Takes lookups off the node whose id is at `nodeidAt`; its record goes when none are left. */
  forget(nodeidAt: number, low: number, high: number): void {
    this.lock.acquire();
    const at = this.nodeAt(nodeidAt);
    if (at !== 0 && this.nodes.slotOf(at) !== ROOT && this.nodes.dropLookups(at, low, high)) {
      this.releaseIfUnreferenced(this.nodes.slotOf(at));
    }
    this.lock.release();
    if (this.deferred.many) this.#flush();
  }

  /** Frees the node if nothing refers to it, then its parent, and so on. The caller holds the table lock. */
  releaseIfUnreferenced(slot: number): void {
    while (slot > ROOT) {
      const at = this.nodes.at(slot);
      if (!this.nodes.isUnreferenced(at)) return;
      this.#directoryFds.drop(at);
      this.registrations.end(at);
      if (this.nodes.flag(at, NODE_FLAG.linked)) forgetAliases(this, at);
      slot = this.nodes.free(at);
    }
  }

  /** Holds the node's object, which has lost its last name, by `fd`: false if it cannot. The caller holds the table lock. */
  holdRemoved(at: number, fd: number): boolean {
    if (this.nodes.flag(at, NODE_FLAG.held)) return false;
    const isHeld = this.#directoryFds.hold(at, this.nodes.slotOf(at), fd);
    if (!isHeld) this.counters.add(COUNTER.removedNotHeld, 1);
    return isHeld;
  }

  /** It has been found by a name again. The caller holds the table lock. */
  letGoRemoved(at: number): void {
    this.#directoryFds.letGo(at);
  }

  /** Whether the LOWER_STAT record at `statAt` is of an object on the file system of the volume's root. */
  isOnRootDevice(statAt: number): boolean {
    const { memory, nodes } = this;
    const root = nodes.at(ROOT);
    return (
      memory.getU32(root + NODE.device) === memory.getU32(statAt + LOWER_STAT.device) &&
      memory.getU32(root + NODE.device + 4) === memory.getU32(statAt + LOWER_STAT.device + 4)
    );
  }

  /** Offset of a part of the worker's scratch space (SCRATCH). */
  scratch(part: number): number {
    return this.#request.scratchAt + part;
  }

  #table(): (Handler | undefined)[] {
    const table: (Handler | undefined)[] = [];
    for (const { number, handler } of OPCODES) {
      const operation = operationOf(handler);
      if (operation === undefined) continue;
      table[number] = (request) => {
        const result = operation(this, request);
        this.#endRequest();
        return result;
      };
    }
    return table;
  }

  #endRequest(): void {
    this.lower.endRequest();
    this.#flush();
  }

  #flush(): void {
    this.deferred.flush(this.#request, this.device, this.dialect, this.counters);
  }
}

/** Offset of the name that stands alone behind the header, for operations without an argument struct. */
export function nameBehindHeader(request: Request): number {
  return request.headerAt + IN_HEADER.SIZE;
}

/** Length of the NUL-terminated bytes at `at`. The decoder has made sure that the NUL is there. */
export function nameLength(request: Request, at: number): number {
  const { u8 } = request.memory;
  let end = at;
  while (u8[end] !== 0) end++;
  return end - at;
}
