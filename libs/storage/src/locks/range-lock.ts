/**
 * One `struct flock` in a thread's scratch space: a `fuse_file_lock` as fcntl(2) wants it, and back. FUSE's ranges are
 * inclusive, up to OFFSET_MAX; fcntl's have a length, 0 to the end of the file.
 */
import { F, FLOCK, sys } from '@sluice/sys';
import { FILE_LOCK } from '@sluice/wire';
import type { SessionMemory } from '@sluice/session';

export class RangeLock {
  readonly #memory: SessionMemory;
  readonly #at: number;

  /** `at`: offset of FLOCK.SIZE bytes that only the calling thread uses. */
  constructor(memory: SessionMemory, at: number) {
    this.#memory = memory;
    this.#at = at;
  }

  /** l_type and l_whence, which is SEEK_SET throughout. */
  get type(): number {
    return this.#memory.getU32(this.#at + FLOCK.type);
  }

  /** Of a POSIX lock's process; -1 for an OFD lock, which belongs to none. */
  get pid(): number {
    return this.#memory.getI32(this.#at + FLOCK.pid);
  }

  /** Becomes the lock of the `fuse_file_lock` at `lockAt`, of type `type`. */
  describe(lockAt: number, type: number): void {
    const memory = this.#memory;
    const at = this.#at;
    memory.setU32(at + FLOCK.type, type & 0xffff);
    memory.setU32(at + FLOCK.type + 4, 0);
    memory.copyU64(at + FLOCK.start, lockAt + FILE_LOCK.start);
    putLength(memory, at + FLOCK.length, lockAt);
    memory.setU32(at + FLOCK.pid, 0); // as F_OFD_* want it
    memory.setU32(at + FLOCK.pid + 4, 0);
  }

  /** F_OFD_SETLK on `fd`: 0 or -errno, -EAGAIN or -EACCES on a conflict. */
  set(fd: number): number {
    return sys.lockRange(fd, F.OFD_SETLK, this.#memory.base + this.#at);
  }

  /** F_OFD_GETLK on `fd`: becomes the first lock that stands against it, or one of type F_UNLCK. 0 or -errno. */
  ask(fd: number): number {
    return sys.lockRange(fd, F.OFD_GETLK, this.#memory.base + this.#at);
  }

  /** A copy; it allocates, and is for conflicts alone. */
  copy(): Uint8Array {
    return this.#memory.u8.slice(this.#at, this.#at + FLOCK.SIZE);
  }

  /** Becomes a copy; `type` in place of its own and no pid, to ask with. */
  restore(copy: Uint8Array, type?: number): void {
    this.#memory.u8.set(copy, this.#at);
    if (type === undefined) return;
    this.#memory.setU32(this.#at + FLOCK.type, type);
    this.#memory.setI32(this.#at + FLOCK.pid, 0);
  }

  /** Whether type and range are the copy's. */
  equals(copy: Uint8Array): boolean {
    const { u8 } = this.#memory;
    for (let i = 0; i < FLOCK.pid; i++) if (u8[this.#at + i] !== copy[i]) return false;
    return true;
  }

  /** Writes it as a `fuse_file_lock` of the process `pid` at `outAt`. */
  report(outAt: number, pid: number): void {
    const memory = this.#memory;
    memory.setU32(outAt + FILE_LOCK.type, this.type & 0xffff);
    memory.copyU64(outAt + FILE_LOCK.start, this.#at + FLOCK.start);
    putEnd(memory, outAt + FILE_LOCK.end, this.#at);
    memory.setU32(outAt + FILE_LOCK.pid, pid);
  }
}

/** OFFSET_MAX: a lock to it goes to the end of the file, wherever that may be. */
const OFFSET_MAX_HIGH = 0x7fff_ffff;
const OFFSET_MAX_LOW = 0xffff_ffff;

function isToTheEnd(memory: SessionMemory, endAt: number): boolean {
  return memory.getU32(endAt) === OFFSET_MAX_LOW && memory.getU32(endAt + 4) >= OFFSET_MAX_HIGH;
}

/** Whether the `fuse_file_lock` at `lockAt` is of the whole file. */
export function coversAll(memory: SessionMemory, lockAt: number): boolean {
  const startAt = lockAt + FILE_LOCK.start;
  const isFromStart = memory.getU32(startAt) === 0 && memory.getU32(startAt + 4) === 0;
  return isFromStart && isToTheEnd(memory, lockAt + FILE_LOCK.end);
}

/** l_len of an inclusive range. */
function putLength(memory: SessionMemory, to: number, lockAt: number): void {
  const start = lockAt + FILE_LOCK.start;
  const end = lockAt + FILE_LOCK.end;
  if (isToTheEnd(memory, end)) {
    memory.setU32(to, 0);
    memory.setU32(to + 4, 0);
    return;
  }
  const low = memory.getU32(end) - memory.getU32(start) + 1;
  const carry = Math.floor(low / 2 ** 32); // -1, 0 or 1
  memory.setU32(to, low >>> 0);
  memory.setU32(to + 4, (memory.getU32(end + 4) - memory.getU32(start + 4) + carry) >>> 0);
}

/** The inclusive end of a struct flock's range. */
function putEnd(memory: SessionMemory, to: number, flockAt: number): void {
  const length = flockAt + FLOCK.length;
  const start = flockAt + FLOCK.start;
  if (memory.getU32(length) === 0 && memory.getU32(length + 4) === 0) {
    memory.setU32(to, OFFSET_MAX_LOW);
    memory.setU32(to + 4, OFFSET_MAX_HIGH);
    return;
  }
  const low = memory.getU32(start) + memory.getU32(length) - 1;
  const carry = Math.floor(low / 2 ** 32);
  memory.setU32(to, low >>> 0);
  memory.setU32(to + 4, (memory.getU32(start + 4) + memory.getU32(length + 4) + carry) >>> 0);
}
