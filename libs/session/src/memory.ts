/**
 * Session memory: one memfd that holds all that a volume's processes and threads share.
 *
 * The supervisor makes it, every worker of the volume server maps it, and whatever must outlive a worker is kept here
 * and nowhere else. It is laid out once, from a {@link SessionGeometry}; untouched pages cost nothing, so regions are
 * generous. Offsets stay below 2^31: they are small integers to the engine, and no arithmetic on them allocates.
 */
import { sys } from '@sluice/sys';
import type { Address } from '@sluice/sys';

const MAGIC = 0x53_4c_55_43;
const LAYOUT_VERSION = 1;
const PAGE = 4096;

/** Largest READ or WRITE payload: 256 pages, what MAX_PAGES lets the kernel send. */
export const MAX_TRANSFER = 1 << 20;
/** Request header and argument structs in front of a WRITE's data, rounded up. */
const REQUEST_BYTES = MAX_TRANSFER + 2 * PAGE;
const REPLY_BYTES = MAX_TRANSFER + 2 * PAGE;
const SCRATCH_BYTES = 32 * PAGE;
const WORKER_BLOCK_BYTES = PAGE;
export const MAX_WORKERS = 16;
/** One compiled policy; two of these lie side by side. */
export const POLICY_IMAGE_BYTES = 16 << 20;

/** Byte offsets of the words every process agrees on. Each contended word has a cache line of its own. */
export const HEADER = {
  magic: 0,
  version: 4,
  workers: 8,
  /** Lock word: who may wait in read(/dev/fuse). */
  readerLock: 64,
  /** The worker that holds it. */
  reader: 68,
  /** Lock word: node table, names, open files, descriptor cache. */
  tableLock: 128,
  /** Lock word: who watches the reader; and whether that one sleeps until it is woken. */
  watchLock: 448,
  watcherAsleep: 512,
  /** Lock word: owners and waits of file locks. */
  lockLock: 576,
  /** Counts policy switches; the low bit tells which of the two image areas is in force. */
  policyEpoch: 192,
  /** Counts whatever makes path-derived facts of nodes stale: a policy switch, a directory moved. */
  pathEpoch: 256,
  /** What INIT settled, for status: protocol minor, flags, flags2, 1 when done. */
  initMinor: 320,
  initFlags: 324,
  initFlags2: 328,
  initDone: 332,
  /** Bit 0: the kernel offers a passthrough dialect; bit 1: it was taken. */
  initPassthrough: 336,
  /** Which dialect is in use, as in dialects/choose.ts. INIT says it, the first registration may say better. */
  initDialect: 340,
  /** Minor device number of the mount, known once it is mounted. */
  mountMinor: 344,
  /** What `auto` weighs (AutoCosts of @sluice/policy), u32 nanoseconds each: 0 until measured. */
  costRegistration: 640,
  costRequest: 644,
  costDaemonMiB: 648,
  costPassthroughMiB: 652,
  /** What tests play in place of the kernel's answers (played-answers.ts); 0 otherwise. */
  playedWithoutFlags: 656,
  playedWithoutFlags2: 660,
  playedWithFlags: 664,
  playedWithFlags2: 668,
  playedMinor: 672,
  playedRegisterErrno: 676,
  /** DIALECT_LIMIT bits that the trial found out. */
  dialectLimits: 680,
  /** What the kernel's INIT said of itself: protocol minor (0: not asked yet), flags, flags2. */
  offeredMinor: 684,
  offeredFlags: 688,
  offeredFlags2: 692,
  /** Trials only: 0 until the client has tried to mount; TRIAL_MOUNTED or TRIAL_NOT_MOUNTED. */
  trialMount: 384,
} as const;

/** Sizes of the regions; the same numbers give the same layout in every process. */
export interface SessionGeometry {
  workers: number;
  /** Bytes wanted by the file system behind the session (nodes, names, open files). */
  storageBytes: number;
}

/** Byte offsets in a worker's control block. Written by that worker, read by the supervisor. */
export const WORKER = {
  /** 0 waiting for a request, 1 on one. */
  busy: 0,
  /** Policy epoch the worker decides by while it is busy. */
  policyEpoch: 4,
  /** Role word: see reader-role.ts. */
  role: 8,
  counters: 64,
} as const;

/** Doubles in a worker's counter block: exact to 2^53, one writer each. */
export const COUNTERS_PER_WORKER = (WORKER_BLOCK_BYTES - WORKER.counters) / 8;

export interface SlotOffsets {
  control: number;
  request: number;
  requestBytes: number;
  reply: number;
  replyBytes: number;
  scratch: number;
  scratchBytes: number;
}

export class SessionMemory {
  /** Address of byte 0 for `sys` calls. */
  readonly base: Address;
  readonly bytes: number;
  readonly geometry: SessionGeometry;
  readonly buffer: ArrayBuffer;
  readonly u8: Uint8Array;
  readonly u16: Uint16Array;
  readonly u32: Uint32Array;
  readonly i32: Int32Array;
  readonly f64: Float64Array;
  readonly policyAt: number;
  readonly storageAt: number;

  constructor(base: Address, geometry: SessionGeometry) {
    const buffer = sys.arenaBuffer(base);
    if (buffer === null) throw new Error(`session memory: no arena at address ${base}`);
    this.base = base;
    this.geometry = geometry;
    this.buffer = buffer;
    this.bytes = buffer.byteLength;
    this.u8 = new Uint8Array(buffer);
    this.u16 = new Uint16Array(buffer);
    this.u32 = new Uint32Array(buffer);
    this.i32 = new Int32Array(buffer);
    this.f64 = new Float64Array(buffer);
    this.policyAt = slotsEnd(geometry);
    this.storageAt = this.policyAt + 2 * POLICY_IMAGE_BYTES;
  }

  /** Bytes a session of this geometry needs. */
  static bytesFor(geometry: SessionGeometry): number {
    const bytes = roundUp(slotsEnd(geometry) + 2 * POLICY_IMAGE_BYTES + geometry.storageBytes, PAGE);
    if (bytes >= 2 ** 31) throw new Error(`session memory of ${bytes} bytes: the limit is 2 GiB`);
    return bytes;
  }

  /**
   * Maps `fd` and, for its maker, writes the header. `serving`: as the one session of this process, whose addresses are
   * small integers. Throws if the memory is of another layout.
   */
  static attach(fd: number, geometry: SessionGeometry, create: boolean, serving = false): SessionMemory {
    const bytes = SessionMemory.bytesFor(geometry);
    const base = serving ? sys.arenaMapSession(fd, bytes) : sys.arenaMap(fd, bytes, 0);
    if (base < 0) throw new Error(`session memory: mapping it failed with errno ${-base}`);
    const memory = new SessionMemory(base, geometry);
    if (create) {
      memory.setU32(HEADER.magic, MAGIC);
      memory.setU32(HEADER.version, LAYOUT_VERSION);
      memory.setU32(HEADER.workers, geometry.workers);
    } else if (
      memory.getU32(HEADER.magic) !== MAGIC ||
      memory.getU32(HEADER.version) !== LAYOUT_VERSION ||
      memory.getU32(HEADER.workers) !== geometry.workers
    ) {
      throw new Error('session memory: made by a daemon with another layout');
    }
    return memory;
  }

  getU32(at: number): number {
    return this.u32[at >>> 2] as number;
  }
  setU32(at: number, value: number): void {
    this.u32[at >>> 2] = value;
  }
  getI32(at: number): number {
    return this.i32[at >>> 2] as number;
  }
  setI32(at: number, value: number): void {
    this.i32[at >>> 2] = value;
  }
  getU16(at: number): number {
    return this.u16[at >>> 1] as number;
  }
  setU16(at: number, value: number): void {
    this.u16[at >>> 1] = value;
  }
  getU8(at: number): number {
    return this.u8[at] as number;
  }
  /** A u64 as a double: exact below 2^53, good for sizes in decisions, never for offsets handed to the kernel. */
  getU64Approximate(at: number): number {
    return this.getU32(at) + this.getU32(at + 4) * 4_294_967_296;
  }
  setU64(at: number, value: number): void {
    this.setU32(at, value >>> 0);
    this.setU32(at + 4, Math.floor(value / 4_294_967_296));
  }
  copyU64(to: number, from: number): void {
    this.setU32(to, this.getU32(from));
    this.setU32(to + 4, this.getU32(from + 4));
  }
  load(at: number): number {
    return Atomics.load(this.u32, at >>> 2);
  }
  store(at: number, value: number): void {
    Atomics.store(this.u32, at >>> 2, value);
  }
  add(at: number, value: number): number {
    return Atomics.add(this.u32, at >>> 2, value);
  }

  compareExchange(at: number, expected: number, value: number): number {
    return Atomics.compareExchange(this.u32, at >>> 2, expected, value);
  }

  /** Offset of a worker's control block. */
  control(worker: number): number {
    return PAGE + worker * WORKER_BLOCK_BYTES;
  }

  /** Index in {@link f64} of the first counter of `worker`. */
  countersAt(worker: number): number {
    return (this.control(worker) + WORKER.counters) / 8;
  }

  /** Where worker `index` keeps its control block, its request, its reply and its scratch space. */
  slot(index: number): SlotOffsets {
    if (index < 0 || index >= this.geometry.workers) throw new RangeError(`no worker slot ${index}`);
    const buffers = slotsAt(this.geometry) + index * SLOT_BYTES;
    return {
      control: this.control(index),
      request: buffers,
      requestBytes: REQUEST_BYTES,
      reply: buffers + REQUEST_BYTES,
      replyBytes: REPLY_BYTES,
      scratch: buffers + REQUEST_BYTES + REPLY_BYTES,
      scratchBytes: SCRATCH_BYTES,
    };
  }
}

const SLOT_BYTES = REQUEST_BYTES + REPLY_BYTES + SCRATCH_BYTES;

function slotsAt(geometry: SessionGeometry): number {
  if (!Number.isInteger(geometry.workers) || geometry.workers < 1 || geometry.workers > MAX_WORKERS) {
    throw new RangeError(`${geometry.workers} workers: 1 to ${MAX_WORKERS} are possible`);
  }
  return PAGE + geometry.workers * WORKER_BLOCK_BYTES;
}

function slotsEnd(geometry: SessionGeometry): number {
  return slotsAt(geometry) + geometry.workers * SLOT_BYTES;
}

export function roundUp(value: number, step: number): number {
  return Math.ceil(value / step) * step;
}
