/**
 * The redacted view of a file: reads come out with zeros where a photo or video keeps its location. The ranges are worked out
 * from the file itself, by whichever worker first reads it, and again once it has changed; so nothing of them has to be
 * shared, or to survive a worker.
 */
import { AT, sys } from '@sluice/sys';
import { LocationFinder, RangeList } from '@sluice/media';
import type { ByteSource } from '@sluice/media';
import { ATTR, READ_IN } from '@sluice/wire';
import type { Request, SessionMemory } from '@sluice/session';
import { NODE } from './layout.ts';
import { SCRATCH } from './scratch-layout.ts';
import type { Volume } from './volume.ts';

/** Files whose ranges a worker remembers. */
const REMEMBERED = 32;
/** Longer than a tick of the clock that file times are taken from: what changed less long ago may change unseen. */
const TICK_MS = 50;
/** Attempts to read a file that changes at the same time, before all of it is blanked. */
const ATTEMPTS = 4;

interface Known {
  slot: number;
  generation: number;
  seconds: number;
  nanoseconds: number;
  changeSeconds: number;
  changeNanoseconds: number;
  size: number;
  used: number;
  readonly ranges: RangeList;
}

export class Redaction {
  readonly #finder = new LocationFinder();
  readonly #known: Known[] = [];
  readonly #source: LowerBytes;
  #clock = 0;

  constructor(memory: SessionMemory) {
    this.#source = new LowerBytes(memory);
  }

  /**
   * Blanks what `bytes` bytes in the payload, read by the READ request from `fd`, tell of a location. The bytes of the reply, or
   * -errno.
   */
  apply(volume: Volume, request: Request, at: number, fd: number, bytes: number): number {
    const { memory, argumentAt, payloadAt } = request;
    const asked = Math.min(memory.getU32(argumentAt + READ_IN.size), request.payloadCapacity);
    const offsetAt = argumentAt + READ_IN.offset;
    const statAt = volume.scratch(SCRATCH.stat);
    let got = bytes;
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      let result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
      if (result < 0) return result;
      const known = this.#find(volume, at);
      if (known !== undefined && isSame(memory, statAt, known)) {
        this.#blank(request, known.ranges, memory.getU64Approximate(offsetAt), got);
        return got;
      }
      result = this.#learn(volume, request, at, fd, statAt);
      if (result < 0) return result;
      got = sys.pread(fd, request.address(payloadAt), asked, request.address(offsetAt));
      if (got <= 0) return got;
      // Ranges and bytes are of one state of the file if it is the same before the first and after the last.
      const learnt = this.#known.find((each) => each.slot === volume.nodes.slotOf(at));
      result = sys.stat(fd, 0, AT.EMPTY_PATH, request.address(statAt));
      if (result < 0) return result;
      if (learnt !== undefined && hasStamp(memory, statAt, learnt)) {
        this.#blank(request, learnt.ranges, memory.getU64Approximate(offsetAt), got);
        return got;
      }
    }
    memory.u8.fill(0, payloadAt, payloadAt + got);
    return got;
  }

  #find(volume: Volume, at: number): Known | undefined {
    const slot = volume.nodes.slotOf(at);
    const generation = volume.memory.getU32(at + NODE.generation);
    for (const known of this.#known) {
      if (known.slot === slot && known.generation === generation) {
        known.used = ++this.#clock;
        return known;
      }
    }
    return undefined;
  }

  /** Works the ranges out, for the file as the record at `statAt` has it. */
  #learn(volume: Volume, request: Request, at: number, fd: number, statAt: number): number {
    const { memory } = request;
    const known = this.#find(volume, at) ?? this.#take();
    known.slot = volume.nodes.slotOf(at);
    known.generation = memory.getU32(at + NODE.generation);
    stamp(memory, statAt, known);
    known.used = ++this.#clock;
    known.ranges.clear();
    // A file made to be searched for long takes some 70 ms.
    request.handOver();
    this.#source.open(request, fd, known.size);
    const format = this.#finder.find(this.#source, known.ranges);
    if (format < 0) known.slot = 0;
    return Math.min(0, format);
  }

  #take(): Known {
    if (this.#known.length < REMEMBERED) {
      const known: Known = {
        slot: 0,
        generation: 0,
        seconds: 0,
        nanoseconds: 0,
        changeSeconds: 0,
        changeNanoseconds: 0,
        size: 0,
        used: 0,
        ranges: new RangeList(),
      };
      this.#known.push(known);
      return known;
    }
    let oldest = this.#known[0] as Known;
    for (const known of this.#known) if (known.used < oldest.used) oldest = known;
    return oldest;
  }

  #blank(request: Request, ranges: RangeList, offset: number, bytes: number): void {
    const { memory, payloadAt } = request;
    for (let i = 0; i < ranges.count; i++) {
      const from = Math.max(ranges.start(i), offset) - offset;
      const to = Math.min(ranges.end(i), offset + bytes) - offset;
      if (from < to) memory.u8.fill(0, payloadAt + from, payloadAt + to);
    }
  }
}

function stamp(memory: SessionMemory, statAt: number, known: Known): void {
  known.seconds = memory.getU32(statAt + ATTR.mtime);
  known.nanoseconds = memory.getU32(statAt + ATTR.mtimensec);
  known.changeSeconds = memory.getU32(statAt + ATTR.ctime);
  known.changeNanoseconds = memory.getU32(statAt + ATTR.ctimensec);
  known.size = memory.getU64Approximate(statAt + ATTR.size);
}

function hasStamp(memory: SessionMemory, statAt: number, known: Known): boolean {
  return (
    known.seconds === memory.getU32(statAt + ATTR.mtime) &&
    known.nanoseconds === memory.getU32(statAt + ATTR.mtimensec) &&
    known.changeSeconds === memory.getU32(statAt + ATTR.ctime) &&
    known.changeNanoseconds === memory.getU32(statAt + ATTR.ctimensec) &&
    known.size === memory.getU64Approximate(statAt + ATTR.size)
  );
}

/** Unchanged since the ranges were worked out, and for long enough that a change would show. */
function isSame(memory: SessionMemory, statAt: number, known: Known): boolean {
  if (!hasStamp(memory, statAt, known)) return false;
  return Date.now() - (known.changeSeconds * 1000 + known.changeNanoseconds / 1e6) > TICK_MS;
}

/** A lower file, read by way of the worker's scratch space. */
class LowerBytes implements ByteSource {
  readonly #memory: SessionMemory;
  #request: Request | undefined;
  #fd = -1;
  #size = 0;

  constructor(memory: SessionMemory) {
    this.#memory = memory;
  }

  get size(): number {
    return this.#size;
  }

  open(request: Request, fd: number, size: number): void {
    this.#request = request;
    this.#fd = fd;
    this.#size = size;
  }

  read(offset: number, into: Uint8Array, length: number): number {
    const request = this.#request as Request;
    const memory = this.#memory;
    const offsetAt = request.scratchAt + SCRATCH.operand;
    const buffer = request.scratchAt + SCRATCH.dirents;
    let done = 0;
    while (done < length) {
      memory.setU64(offsetAt, offset + done);
      const room = Math.min(length - done, SCRATCH.direntsBytes);
      const got = sys.pread(this.#fd, request.address(buffer), room, request.address(offsetAt));
      if (got < 0) return got;
      if (got === 0) break;
      into.set(memory.u8.subarray(buffer, buffer + got), done);
      done += got;
    }
    return done;
  }
}
