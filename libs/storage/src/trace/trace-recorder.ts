/**
 * The workers' side of a trace: what a LOOKUP, an OPEN and a RELEASE leave in the ring. Each hook on the serving path asks
 * {@link TraceRecorder.on} first, one load; what comes behind it costs only while a trace is being recorded.
 */
import type { Lock, Request } from '@sluice/session';
import { LOWER_STAT } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import { NODE, OPEN_FILE } from '../layout.ts';
import { ROOT } from '../node-table.ts';
import type { NodeTable } from '../node-table.ts';
import type { OpenFiles } from '../open-files.ts';
import { SCRATCH } from '../scratch-layout.ts';
import type { Volume } from '../volume.ts';
import { TRACED, TRACED_KIND, TraceRing } from './trace-ring.ts';

/** PATH_MAX. Events of longer paths are dropped. */
const LONGEST_PATH = 4096;
const SLASH = 0x2f;

export class TraceRecorder {
  readonly #ring: TraceRing;
  readonly #nodes: NodeTable;
  readonly #openFiles: OpenFiles;
  readonly #lock: Lock;

  /** `lock`: the table lock. */
  constructor(nodes: NodeTable, openFiles: OpenFiles, lock: Lock) {
    this.#ring = new TraceRing(nodes.memory, nodes.layout.trace);
    this.#nodes = nodes;
    this.#openFiles = openFiles;
    this.#lock = lock;
  }

  get on(): boolean {
    return this.#ring.number !== 0;
  }

  /** LOOKUP of the `length` bytes at `nameAt` beneath the request's node was answered with `result`. */
  lookedUp(request: Request, nameAt: number, length: number, result: number): void {
    this.#lock.acquire();
    const parentAt = this.#nodes.find(request.nodeSlot, request.nodeGeneration);
    const above = parentAt === 0 ? -1 : this.#pathLength(parentAt);
    const pathLength = above < 0 ? -1 : above === 0 ? length : above + 1 + length;
    const record = this.#begin(request, TRACED_KIND.lookup, pathLength);
    if (record !== 0) {
      const { memory } = this.#nodes;
      this.#writePath(parentAt, record + TRACED.path + above);
      if (above > 0) memory.u8[record + TRACED.path + above] = SLASH;
      memory.u8.copyWithin(record + TRACED.path + pathLength - length, nameAt, nameAt + length);
      memory.setU32(record + TRACED.asked, result < 0 ? -result : 0);
      this.#ring.commit(record);
    }
    this.#lock.release();
  }

  /** The node at `at` was opened (`result` 0) under the file handle at `handleAt`. */
  opened(
    volume: Volume,
    request: Request,
    at: number,
    asked: number,
    decision: number,
    result: number,
    handleAt: number,
  ): void {
    if (result < 0) return;
    // The size is known to the open itself only where a rule asks for it.
    const statAt = volume.scratch(SCRATCH.otherStat);
    const known = volume.lower.stat(at, statAt) >= 0;
    this.#lock.acquire();
    const open = this.#openFiles.find(handleAt);
    const record = open === 0 ? 0 : this.#begin(request, TRACED_KIND.open, this.#pathLength(at));
    if (record !== 0) {
      const { memory } = this.#nodes;
      const size = known ? memory.getU64Approximate(statAt + LOWER_STAT.attr + ATTR.size) : 0;
      memory.f64[(record + TRACED.size) >>> 3] = size;
      memory.copyU64(record + TRACED.handleSlot, handleAt);
      memory.setU32(record + TRACED.asked, asked);
      memory.setU32(record + TRACED.mode, memory.getU32(open + OPEN_FILE.mode));
      memory.setU32(record + TRACED.decision, decision);
      memory.setU32(record + TRACED.policyEpoch, memory.getU32(open + OPEN_FILE.policyEpoch));
      this.#writePath(at, record + TRACED.path + memory.getU32(record + TRACED.pathLength));
      this.#ring.commit(record);
      memory.setU64(open + OPEN_FILE.tracedRead, 0);
      memory.setU64(open + OPEN_FILE.tracedWritten, 0);
      memory.store(open + OPEN_FILE.traced, this.#ring.number);
    }
    this.#lock.release();
  }

  /** READ or WRITE carried `bytes` for the handle at `handleAt`; `field`: OPEN_FILE.tracedRead or tracedWritten. */
  carried(handleAt: number, bytes: number, field: number): void {
    const open = this.#openFiles.find(handleAt);
    if (open === 0 || bytes <= 0) return;
    const { memory } = this.#nodes;
    if (memory.load(open + OPEN_FILE.traced) !== this.#ring.number) return;
    // Several workers may read for one handle: the low word carries over.
    const before = memory.add(open + field, bytes);
    if (before + bytes > 0xffff_ffff) memory.add(open + field + 4, 1);
  }

  /** The open file at `open` is about to be freed. The caller holds the table lock. */
  closed(open: number): void {
    const { memory } = this.#nodes;
    const number = memory.load(open + OPEN_FILE.traced);
    memory.store(open + OPEN_FILE.traced, 0);
    if (number === 0 || number !== this.#ring.number) return;
    const record = this.#ring.begin(0);
    if (record === 0) return;
    memory.setU32(record + TRACED.kind, TRACED_KIND.close);
    memory.f64[(record + TRACED.atMs) >>> 3] = Date.now();
    memory.setU32(record + TRACED.handleSlot, this.#openFiles.slotOf(open));
    memory.setU32(record + TRACED.handleGeneration, memory.getU32(open + OPEN_FILE.generation));
    memory.copyU64(record + TRACED.size, open + OPEN_FILE.tracedRead);
    memory.copyU64(record + TRACED.written, open + OPEN_FILE.tracedWritten);
    this.#ring.commit(record);
  }

  /** A record with what all have. `pathLength` -1: the path is not known or too long. */
  #begin(request: Request, kind: number, pathLength: number): number {
    if (pathLength < 0 || pathLength > LONGEST_PATH) {
      this.#ring.drop();
      return 0;
    }
    const record = this.#ring.begin(pathLength);
    if (record === 0) return 0;
    const { memory } = this.#nodes;
    memory.setU32(record + TRACED.kind, kind);
    memory.f64[(record + TRACED.atMs) >>> 3] = Date.now();
    memory.setU32(record + TRACED.uid, request.uid);
    memory.setU32(record + TRACED.gid, request.gid);
    return record;
  }

  /** Bytes of the node's path; 0 for the root, -1 where it is too long or has no way to the root. */
  #pathLength(at: number): number {
    const { memory } = this.#nodes;
    let length = 0;
    for (let up = at; this.#nodes.slotOf(up) !== ROOT;) {
      const parent = memory.getU32(up + NODE.parent);
      if (parent === 0) return -1;
      length += memory.getU32(up + NODE.nameLength) + (length === 0 ? 0 : 1);
      if (length > LONGEST_PATH) return -1;
      up = this.#nodes.at(parent);
    }
    return length;
  }

  /** Writes the node's path so that it ends before `end`. */
  #writePath(at: number, end: number): void {
    const { memory } = this.#nodes;
    for (let up = at, first = true; this.#nodes.slotOf(up) !== ROOT; first = false) {
      if (!first) memory.u8[--end] = SLASH;
      const length = memory.getU32(up + NODE.nameLength);
      const name = memory.getU32(up + NODE.name);
      end -= length;
      memory.u8.copyWithin(end, name, name + length);
      up = this.#nodes.at(memory.getU32(up + NODE.parent));
    }
  }
}
