/**
 * The request a worker is on: where it lies in session memory, what its header says, and where the reply goes.
 * One object per worker for the life of the worker; handlers read fields by offset and allocate nothing.
 */
import type { Address } from '@sluice/sys';
import { IN_HEADER, OUT_HEADER } from '@sluice/wire';
import type { SessionMemory, SlotOffsets } from './memory.ts';

/** Returned by handlers of requests that have no reply (FORGET, BATCH_FORGET, INTERRUPT). */
export const NO_REPLY = -1_000_000;

export class Request {
  readonly memory: SessionMemory;
  /** Offset of the `fuse_in_header`. */
  readonly headerAt: number;
  /** Offset of the argument struct, or of the name where there is none. */
  readonly argumentAt: number;
  readonly capacity: number;
  /** Offset of the reply's `fuse_out_header`; the payload follows it. */
  readonly replyAt: number;
  readonly payloadAt: number;
  readonly payloadCapacity: number;
  /** Offset of the worker's scratch space. */
  readonly scratchAt: number;
  readonly scratchBytes: number;
  readonly control: number;

  opcode = 0;
  length = 0;
  nodeSlot = 0;
  nodeGeneration = 0;
  uid = 0;
  gid = 0;
  pid = 0;
  /** Set when the handler said that it may sleep. */
  handedOver = false;

  readonly #handOver: () => void;

  constructor(memory: SessionMemory, slot: SlotOffsets, handOver: () => void) {
    this.memory = memory;
    this.headerAt = slot.request;
    this.argumentAt = slot.request + IN_HEADER.SIZE;
    this.capacity = slot.requestBytes;
    this.replyAt = slot.reply;
    this.payloadAt = slot.reply + OUT_HEADER.SIZE;
    this.payloadCapacity = slot.replyBytes - OUT_HEADER.SIZE;
    this.scratchAt = slot.scratch;
    this.scratchBytes = slot.scratchBytes;
    this.control = slot.control;
    this.#handOver = handOver;
  }

  /** Takes the header's fields over. `length` bytes were read. */
  receive(length: number): void {
    const memory = this.memory;
    const at = this.headerAt;
    this.length = length;
    this.opcode = memory.getU32(at + IN_HEADER.opcode);
    this.nodeSlot = memory.getU32(at + IN_HEADER.nodeid);
    this.nodeGeneration = memory.getU32(at + IN_HEADER.nodeid + 4);
    this.uid = memory.getU32(at + IN_HEADER.uid);
    this.gid = memory.getU32(at + IN_HEADER.gid);
    this.pid = memory.getU32(at + IN_HEADER.pid);
    this.handedOver = false;
  }

  /** Call before anything that may sleep: another worker goes on reading requests meanwhile. */
  handOver(): void {
    if (this.handedOver) return;
    this.handedOver = true;
    this.#handOver();
  }

  /** The address of an offset, for `sys` calls. */
  address(at: number): Address {
    return this.memory.base + at;
  }

  /**
   * Writes the out header for `result`: a payload length of 0 or more, or -errno. The bytes of the whole reply.
   */
  finish(result: number): number {
    const memory = this.memory;
    const bytes = OUT_HEADER.SIZE + (result > 0 ? result : 0);
    memory.setU32(this.replyAt + OUT_HEADER.len, bytes);
    memory.setI32(this.replyAt + OUT_HEADER.error, result < 0 ? result : 0);
    memory.copyU64(this.replyAt + OUT_HEADER.unique, this.headerAt + IN_HEADER.unique);
    return bytes;
  }

  zeroPayload(bytes: number): void {
    this.memory.u8.fill(0, this.payloadAt, this.payloadAt + bytes);
  }
}
