/**
 * The smallest file system that can prove a backing directory: a root with one directory in it, whose LOOKUP is answered
 * with the entry and, behind it, the descriptor of a lower directory. Nothing else is answered: whatever the kernel asks
 * beneath it disproves.
 */
import { AT, ERRNO, sys } from '@sluice/sys';
import { ATTR, ATTR_OUT, ENTRY_BPF_OUT, ENTRY_OUT, OPCODE } from '@sluice/wire';
import type { WorkerCounters } from '../counters.ts';
import { none } from '../dialects/none.ts';
import { answerInit } from '../negotiate.ts';
import type { Negotiated } from '../negotiate.ts';
import { NO_REPLY } from '../request.ts';
import type { Request } from '../request.ts';
import type { FileSystem, FileSystemFactory, Handler } from '../serve.ts';
import { BACKED_DIRECTORY } from './backing-report.ts';

/** Named counter: requests that a kernel with a backing directory sends as well. */
export const EXPECTED_REQUESTS = 0;

const ROOT = 1;
const BACKED = 2;
/** Longer than any trial: the kernel asks for the name once. */
const VALID_SECONDS = 3600;

/** Actions of a `fuse_entry_bpf_out`. */
const REMOVE = 1;
const REPLACE = 2;

/** `lowerFd`: a directory, open for reading: the kernel takes no O_PATH descriptor (fget). */
export function backingFileSystem(lowerFd: number): FileSystemFactory {
  return (_request, counters) => new BackingFileSystem(lowerFd, counters);
}

class BackingFileSystem implements FileSystem {
  readonly handlers: readonly (Handler | undefined)[];
  readonly #lowerFd: number;
  readonly #counters: WorkerCounters;
  readonly #settled: Negotiated = { minor: 0, flags: 0, flags2: 0, dialect: none, offered: false };

  constructor(lowerFd: number, counters: WorkerCounters) {
    this.#lowerFd = lowerFd;
    this.#counters = counters;
    const handlers: Handler[] = [];
    const features = { passthrough: false, locks: false, acl: false, idmap: false };
    handlers[OPCODE.INIT] = (request) => this.#expected(answerInit(request, features, this.#settled));
    handlers[OPCODE.LOOKUP] = (request) => this.#lookup(request);
    handlers[OPCODE.GETATTR] = (request) => this.#getattr(request);
    handlers[OPCODE.DESTROY] = () => this.#expected(0);
    for (const opcode of [OPCODE.FORGET, OPCODE.BATCH_FORGET, OPCODE.INTERRUPT])
      handlers[opcode] = () => this.#expected(NO_REPLY);
    this.handlers = handlers;
  }

  begin(): void {
    // nothing changes during a trial
  }

  undelivered(): void {
    // A kernel without fuse_bpf refuses the reply (EINVAL): its caller gets EIO, and the trial sees that.
  }

  fault(_request: Request, error: unknown): void {
    throw error;
  }

  #expected(result: number): number {
    this.#counters.add(EXPECTED_REQUESTS, 1);
    return result;
  }

  #lookup(request: Request): number {
    if (request.nodeSlot !== ROOT || !isBackedName(request)) return -ERRNO.ENOENT;
    const { memory, payloadAt } = request;
    // The lower record is longer than the attributes: it is cut off by what is written behind it.
    request.zeroPayload(ENTRY_OUT.SIZE);
    const result = sys.stat(this.#lowerFd, 0, AT.EMPTY_PATH, request.address(payloadAt + ENTRY_OUT.attr));
    if (result < 0) return result;
    memory.setU32(payloadAt + ENTRY_OUT.nodeid, BACKED);
    memory.setU32(payloadAt + ENTRY_OUT.entry_valid, VALID_SECONDS);
    memory.setU32(payloadAt + ENTRY_OUT.attr_valid, VALID_SECONDS);
    const backingAt = payloadAt + ENTRY_OUT.SIZE;
    memory.u8.fill(0, backingAt, backingAt + ENTRY_BPF_OUT.SIZE);
    memory.setU32(backingAt + ENTRY_BPF_OUT.backing_action, REPLACE);
    memory.setU32(backingAt + ENTRY_BPF_OUT.backing_fd, this.#lowerFd);
    memory.setU32(backingAt + ENTRY_BPF_OUT.bpf_action, REMOVE);
    return this.#expected(ENTRY_OUT.SIZE + ENTRY_BPF_OUT.SIZE);
  }

  /** Of the root alone. */
  #getattr(request: Request): number {
    if (request.nodeSlot !== ROOT) return -ERRNO.EIO;
    const { memory, payloadAt } = request;
    request.zeroPayload(ATTR_OUT.SIZE);
    memory.setU32(payloadAt + ATTR_OUT.attr_valid, VALID_SECONDS);
    memory.setU32(payloadAt + ATTR_OUT.attr + ATTR.ino, ROOT);
    memory.setU32(payloadAt + ATTR_OUT.attr + ATTR.mode, 0o40755);
    memory.setU32(payloadAt + ATTR_OUT.attr + ATTR.nlink, 2);
    return this.#expected(ATTR_OUT.SIZE);
  }
}

function isBackedName({ memory, argumentAt }: Request): boolean {
  for (let i = 0; i <= BACKED_DIRECTORY.length; i++) {
    const wanted = i < BACKED_DIRECTORY.length ? BACKED_DIRECTORY.charCodeAt(i) : 0;
    if (memory.getU8(argumentAt + i) !== wanted) return false;
  }
  return true;
}
