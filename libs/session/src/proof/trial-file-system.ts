/**
 * The smallest file system that can prove passthrough: a root with names of one lower file in it, whose opens are
 * registered with the dialect under trial as it wants it. READ and WRITE are answered, so that a kernel that does not pass
 * data through is seen to ask.
 */
import { AT, ERRNO, O, sys } from '@sluice/sys';
import {
  ATTR,
  ATTR_OUT,
  CREATE_IN,
  ENTRY_OUT,
  FOPEN,
  IN_HEADER,
  OPCODE,
  OPEN_IN,
  OPEN_OUT,
  READ_IN,
  STATFS_OUT,
  WRITE_IN,
  WRITE_OUT,
} from '@sluice/wire';
import { none } from '../dialects/none.ts';
import { registerLower } from '../dialects/register.ts';
import { answerInit } from '../negotiate.ts';
import type { Negotiated } from '../negotiate.ts';
import { NO_REPLY } from '../request.ts';
import type { Request } from '../request.ts';
import type { FileSystem, FileSystemFactory, Handler } from '../serve.ts';
import { TRIAL_FILE, TRIAL_MIXED_FILE, TRIAL_SERVED_FILE } from './trial-report.ts';

const ROOT = 1;
const FILE = 2;
const SERVED_FILE = 3;
const MIXED_FILE = 4;
const MADE_FILE = 5;

/** What of an app's flags the registered descriptor must have where the kernel uses that very descriptor. */
const DESCRIPTOR_FLAGS = O.ACCMODE | O.APPEND | O.DIRECT;

/** `lowerFd` is open for reading and writing and serves as the file's data and attributes. */
export function trialFileSystem(
  device: number,
  lowerFd: number,
  allowPassthrough: boolean,
): FileSystemFactory {
  return (request) => new TrialFileSystem(request, device, lowerFd, allowPassthrough);
}

class TrialFileSystem implements FileSystem {
  readonly handlers: readonly (Handler | undefined)[];
  readonly #device: number;
  readonly #lowerFd: number;
  readonly #settled: Negotiated = { minor: 0, flags: 0, flags2: 0, dialect: none, offered: false };
  #backingId = 0;
  #mixedOpens = 0;

  constructor(_request: Request, device: number, lowerFd: number, allowPassthrough: boolean) {
    this.#device = device;
    this.#lowerFd = lowerFd;
    const handlers: Handler[] = [];
    handlers[OPCODE.INIT] = (request) =>
      answerInit(
        request,
        { passthrough: allowPassthrough, locks: false, acl: false, idmap: false },
        this.#settled,
      );
    handlers[OPCODE.LOOKUP] = (request) => this.#lookup(request);
    handlers[OPCODE.GETATTR] = (request) => this.#getattr(request);
    handlers[OPCODE.SETATTR] = (request) => this.#getattr(request);
    handlers[OPCODE.OPEN] = (request) => this.#open(request);
    handlers[OPCODE.CREATE] = (request) => this.#create(request);
    handlers[OPCODE.READ] = (request) => this.#read(request);
    handlers[OPCODE.WRITE] = (request) => this.#write(request);
    handlers[OPCODE.STATFS] = (request) => {
      request.zeroPayload(STATFS_OUT.SIZE);
      return STATFS_OUT.SIZE;
    };
    handlers[OPCODE.RELEASE] = () => 0;
    handlers[OPCODE.FORGET] = () => NO_REPLY;
    handlers[OPCODE.BATCH_FORGET] = () => NO_REPLY;
    handlers[OPCODE.INTERRUPT] = () => NO_REPLY;
    this.handlers = handlers;
  }

  begin(): void {
    // nothing changes during a trial
  }

  undelivered(): void {
    // the client of a trial never gives up on a request
  }

  fault(_request: Request, error: unknown): void {
    throw error;
  }

  #attributes(request: Request, node: number, at: number): number {
    const { memory } = request;
    if (node === ROOT) {
      memory.u8.fill(0, at, at + ATTR.SIZE);
      memory.setU32(at + ATTR.ino, ROOT);
      memory.setU32(at + ATTR.mode, 0o40755);
      memory.setU32(at + ATTR.nlink, 2);
      return 0;
    }
    return sys.stat(this.#lowerFd, 0, AT.EMPTY_PATH, request.address(at));
  }

  #lookup(request: Request): number {
    const node = isNamed(request, TRIAL_FILE)
      ? FILE
      : isNamed(request, TRIAL_SERVED_FILE)
        ? SERVED_FILE
        : isNamed(request, TRIAL_MIXED_FILE)
          ? MIXED_FILE
          : 0;
    return node === 0 ? -ERRNO.ENOENT : this.#entry(request, node);
  }

  #entry(request: Request, node: number): number {
    const { memory, payloadAt } = request;
    request.zeroPayload(ENTRY_OUT.SIZE);
    const result = this.#attributes(request, node, payloadAt + ENTRY_OUT.attr);
    memory.setU32(payloadAt + ENTRY_OUT.nodeid, node);
    return result < 0 ? result : ENTRY_OUT.SIZE;
  }

  #getattr(request: Request): number {
    request.zeroPayload(ATTR_OUT.SIZE);
    const result = this.#attributes(request, request.nodeSlot, request.payloadAt + ATTR_OUT.attr);
    return result < 0 ? result : ATTR_OUT.SIZE;
  }

  #open(request: Request): number {
    const { memory, argumentAt, payloadAt } = request;
    request.zeroPayload(OPEN_OUT.SIZE);
    if (request.nodeSlot === SERVED_FILE) {
      // Nothing of it is cached: each read is seen to take its time.
      memory.setU32(payloadAt + OPEN_OUT.open_flags, FOPEN.DIRECT_IO);
      return OPEN_OUT.SIZE;
    }
    if (request.nodeSlot === MIXED_FILE && this.#mixedOpens++ === 0) return OPEN_OUT.SIZE;
    const result = this.#pass(request, memory.getU32(argumentAt + OPEN_IN.flags), payloadAt);
    return result < 0 ? result : OPEN_OUT.SIZE;
  }

  /** There is one lower file: what is created is it, under a node of its own. */
  #create(request: Request): number {
    const flags = request.memory.getU32(request.argumentAt + CREATE_IN.flags);
    request.zeroPayload(ENTRY_OUT.SIZE + OPEN_OUT.SIZE);
    let result = this.#entry(request, MADE_FILE);
    const openAt = request.payloadAt + ENTRY_OUT.SIZE;
    request.memory.u8.fill(0, openAt, openAt + OPEN_OUT.SIZE);
    if (result >= 0) result = this.#pass(request, flags, openAt);
    return result < 0 ? result : ENTRY_OUT.SIZE + OPEN_OUT.SIZE;
  }

  /** Completes the `fuse_open_out` at `outAt`: 0, or -errno of the registration. */
  #pass(request: Request, flags: number, outAt: number): number {
    const { memory } = request;
    let id = this.#backingId;
    if (id === 0 && this.#settled.dialect.name !== 'none') {
      id = this.#register(request, flags);
      if (id < 0) return id;
      if (this.#settled.dialect.owner === 'inode') this.#backingId = id;
    }
    memory.setI32(outAt + OPEN_OUT.backing_id, id);
    memory.setU32(outAt + OPEN_OUT.open_flags, id > 0 ? this.#settled.dialect.openFlags : 0);
    return 0;
  }

  #register(request: Request, flags: number): number {
    const { dialect } = this.#settled;
    let fd = this.#lowerFd;
    if (dialect.usesDescriptor) {
      fd = sys.reopen(this.#lowerFd, (flags & DESCRIPTOR_FLAGS) | O.CLOEXEC);
      if (fd < 0) return fd;
    }
    const id = registerLower(
      this.#settled,
      request.memory,
      this.#device,
      fd,
      request.scratchAt,
      request.headerAt + IN_HEADER.unique,
    );
    if (fd !== this.#lowerFd) sys.close(fd);
    return id;
  }

  #read(request: Request): number {
    const { memory, argumentAt, payloadAt } = request;
    const bytes = Math.min(memory.getU32(argumentAt + READ_IN.size), request.payloadCapacity);
    return sys.pread(
      this.#lowerFd,
      request.address(payloadAt),
      bytes,
      request.address(argumentAt + READ_IN.offset),
    );
  }

  #write(request: Request): number {
    const { memory, argumentAt, payloadAt } = request;
    const written = sys.pwrite(
      this.#lowerFd,
      request.address(argumentAt + WRITE_IN.SIZE),
      memory.getU32(argumentAt + WRITE_IN.size),
      request.address(argumentAt + WRITE_IN.offset),
    );
    if (written < 0) return written;
    request.zeroPayload(WRITE_OUT.SIZE);
    memory.setU32(payloadAt + WRITE_OUT.size, written);
    return WRITE_OUT.SIZE;
  }
}

/** Whether the name the request looks up is this one. */
function isNamed({ memory, argumentAt }: Request, name: string): boolean {
  for (let i = 0; i <= name.length; i++) {
    if (memory.getU8(argumentAt + i) !== (i < name.length ? name.charCodeAt(i) : 0)) return false;
  }
  return true;
}
