/**
 * Locks of the mount are locks on the lower files: processes that use the lower tree directly see them and are seen.
 *
 * Byte-range locks, whoever holds them above, are OFD locks below (fcntl(2)), flock(2) locks are flock(2) locks; each
 * owner has a lower open file of its own to hold them by. Nothing here waits: a request that has to is put down as a
 * **wait** and answered later, by whoever lets a lock go on the mount ({@link FileLocks.retry}), by the main thread that
 * looks after the lower tree's own holders ({@link FileLocks.retryAll}), or by an INTERRUPT. So no worker is ever asleep
 * on a lock, however many wait.
 *
 * Records and lower locks change under a lock of their own: what the lower file system makes of them holds up nothing else.
 */
import { ERRNO, F, FLOCK, LOCK, sys } from '@sluice/sys';
import { FILE_LOCK, LK_FLAGS, LK_IN, OUT_HEADER } from '@sluice/wire';
import { HEADER, Lock } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { LOCK_OWNER, LOCK_WAIT } from '../layout.ts';
import type { StorageLayout } from '../layout.ts';
import { LOCK_KIND, LockRecords, sameU64 } from './lock-records.ts';
import { RangeLock, coversAll } from './range-lock.ts';

/** What a wait was begun for, and by whom. */
export interface LockRequest {
  /** Offset of the `fuse_lk_in`. */
  argumentAt: number;
  /** Offset of the request's u64 `unique`. */
  uniqueAt: number;
  /** Slots of the node and of the open file. */
  node: number;
  file: number;
  waits: boolean;
}

/** {@link FileLocks.set}: the answer comes later. */
export const WAITING = 1;

export class FileLocks {
  readonly records: LockRecords;
  readonly #memory: SessionMemory;
  readonly #lock: Lock;
  readonly #device: number;
  readonly #range: RangeLock;
  readonly #replyAt: number;

  constructor(memory: SessionMemory, layout: StorageLayout, device: number, scratchAt: number) {
    this.#memory = memory;
    this.records = new LockRecords(memory, layout);
    this.#lock = new Lock(memory, HEADER.lockLock);
    this.#device = device;
    this.#range = new RangeLock(memory, scratchAt);
    this.#replyAt = scratchAt + FLOCK.SIZE;
  }

  /**
   * SETLK and SETLKW: 0, {@link WAITING} or -errno. `openLower` gives a lower descriptor of the node, or -errno; it is
   * called outside the lock, and only for an owner that has none.
   */
  set(request: LockRequest, openLower: () => number): number {
    const { argumentAt, node, file } = request;
    const memory = this.#memory;
    const kind = kindOf(memory, argumentAt);
    const type = memory.getU32(argumentAt + LK_IN.lk + FILE_LOCK.type);
    if (type !== F.RDLCK && type !== F.WRLCK && type !== F.UNLCK) return -ERRNO.EINVAL;
    this.#lock.acquire();
    let owner = this.records.findOwner(node, kind, argumentAt + LK_IN.owner);
    if (type === F.UNLCK) {
      const result = owner === 0 ? 0 : this.#unlock(owner, kind, argumentAt + LK_IN.lk);
      this.#lock.release();
      if (owner !== 0) this.retry(node);
      return result;
    }
    if (owner === 0) {
      this.#lock.release();
      const fd = openLower();
      // "No locks available" is what fcntl(2) has for a lack of anything.
      if (fd < 0) return fd === -ERRNO.EMFILE || fd === -ERRNO.ENFILE ? -ERRNO.ENOLCK : fd;
      this.#lock.acquire();
      // The threads of one process are one owner: another may have come first.
      owner = this.records.findOwner(node, kind, argumentAt + LK_IN.owner);
      if (owner === 0) {
        const pid = memory.getU32(argumentAt + LK_IN.lk + FILE_LOCK.pid);
        owner = this.records.addOwner(node, kind, argumentAt + LK_IN.owner, file, pid, fd);
      } else {
        sys.close(fd);
      }
      if (owner === 0) {
        this.#lock.release();
        sys.close(fd);
        return -ERRNO.ENOLCK;
      }
    }
    let result = this.#try(owner, kind, argumentAt + LK_IN.lk);
    if (result === -ERRNO.EAGAIN && request.waits) result = this.#wait(owner, kind, request);
    this.#dropIfIdle(owner);
    this.#lock.release();
    // A lock that became weaker lets others in.
    if (result === 0 && this.records.waits > 0) this.retry(node);
    return result;
  }

  /**
   * GETLK: 0 with the first conflicting lock, or F_UNLCK, in the `fuse_file_lock` at `outAt`; -errno. `openLower` as for
   * {@link set}.
   */
  get(node: number, argumentAt: number, outAt: number, openLower: () => number): number {
    const memory = this.#memory;
    this.#lock.acquire();
    const owner = this.records.findOwner(node, LOCK_KIND.range, argumentAt + LK_IN.owner);
    let fd = owner === 0 ? -1 : memory.getI32(owner + LOCK_OWNER.fd);
    if (owner === 0) {
      this.#lock.release();
      fd = openLower();
      if (fd < 0) return fd;
      this.#lock.acquire();
    }
    this.#range.describe(argumentAt + LK_IN.lk, memory.getU32(argumentAt + LK_IN.lk + FILE_LOCK.type));
    const result = this.#range.ask(fd);
    if (result >= 0) this.#report(node, owner, outAt);
    this.#lock.release();
    if (owner === 0) sys.close(fd);
    return result < 0 ? result : 0;
  }

  /** FLUSH: a process has closed a descriptor of the file, which ends its POSIX locks there. */
  endOwner(node: number, ownerAt: number): void {
    this.#lock.acquire();
    const owner = this.records.findOwner(node, LOCK_KIND.range, ownerAt);
    const fd = owner === 0 ? -1 : this.records.removeOwner(owner);
    this.#lock.release();
    if (fd < 0) return;
    sys.close(fd);
    this.retry(node);
  }

  /** RELEASE: whoever locked by way of this open file, `file`, has nothing any more that would end the lock. */
  endFile(node: number, file: number): void {
    for (;;) {
      this.#lock.acquire();
      let owner = this.records.firstOwner(node);
      while (owner !== 0 && this.#memory.getU32(owner + LOCK_OWNER.file) !== file)
        owner = this.records.nextOwner(owner, node);
      const fd = owner === 0 ? -1 : this.records.removeOwner(owner);
      this.#lock.release();
      if (fd < 0) break;
      sys.close(fd);
    }
    this.retry(node);
  }

  /** INTERRUPT: true if the request with the u64 `unique` at `uniqueAt` waited; it is answered EINTR. */
  interrupt(uniqueAt: number): boolean {
    const memory = this.#memory;
    this.#lock.acquire();
    let previous = 0;
    let at = this.records.firstWait();
    while (at !== 0 && !sameU64(memory, at + LOCK_WAIT.unique, uniqueAt)) {
      previous = at;
      at = this.records.nextWait(at);
    }
    if (at !== 0) this.#answer(at, previous, -ERRNO.EINTR);
    this.#lock.release();
    return at !== 0;
  }

  /** Tries the waits for the node's locks again, the oldest first. */
  retry(node: number): void {
    if (this.records.waits > 0) this.#retry(node);
  }

  /** The same for all nodes: a holder on the lower tree may have let go. How many still wait. */
  retryAll(): number {
    if (this.records.waits > 0) this.#retry(0);
    return this.records.waits;
  }

  #retry(node: number): void {
    const memory = this.#memory;
    this.#lock.acquire();
    let previous = 0;
    for (let at = this.records.firstWait(); at !== 0;) {
      const next = this.records.nextWait(at);
      const waitNode = memory.getU32(at + LOCK_WAIT.node);
      let result = -ERRNO.EAGAIN;
      if (node === 0 || waitNode === node) {
        const kind = memory.getU32(at + LOCK_WAIT.kind);
        const owner = this.records.findOwner(waitNode, kind, at + LOCK_WAIT.owner);
        // Its file was closed under it, by another thread: there is nothing left to lock.
        result = owner === 0 ? -ERRNO.EBADF : this.#try(owner, kind, at + LOCK_WAIT.lock);
        if (result === -ERRNO.EAGAIN) this.#noteHolder(at, this.#holder(owner, kind, at + LOCK_WAIT.lock));
      }
      if (result === -ERRNO.EAGAIN) previous = at;
      else this.#answer(at, previous, result);
      at = next;
    }
    this.#lock.release();
  }

  /** Puts the request down as a wait: {@link WAITING}, or -errno. */
  #wait(owner: number, kind: number, request: LockRequest): number {
    const memory = this.#memory;
    const { argumentAt } = request;
    const holder = this.#holder(owner, kind, argumentAt + LK_IN.lk);
    if (holder !== 0 && this.records.waitsFor(holder + LOCK_OWNER.owner, owner + LOCK_OWNER.owner))
      return -ERRNO.EDEADLK;
    const at = this.records.addWait();
    if (at === 0) return -ERRNO.ENOLCK;
    this.#noteHolder(at, holder);
    memory.copyU64(at + LOCK_WAIT.unique, request.uniqueAt);
    memory.copyU64(at + LOCK_WAIT.owner, argumentAt + LK_IN.owner);
    memory.setU32(at + LOCK_WAIT.node, request.node);
    memory.setU32(at + LOCK_WAIT.kind, kind);
    memory.u8.copyWithin(at + LOCK_WAIT.lock, argumentAt + LK_IN.lk, argumentAt + LK_IN.lk + FILE_LOCK.SIZE);
    memory.setU32(owner + LOCK_OWNER.waits, memory.getU32(owner + LOCK_OWNER.waits) + 1);
    return WAITING;
  }

  /** `holder`: the record of the owner that stands in the way, or 0. */
  #noteHolder(at: number, holder: number): void {
    const memory = this.#memory;
    memory.setU32(at + LOCK_WAIT.holder, holder === 0 ? 0 : memory.getU32(holder + LOCK_OWNER.owner));
    memory.setU32(at + LOCK_WAIT.holder + 4, holder === 0 ? 0 : memory.getU32(holder + LOCK_OWNER.owner + 4));
  }

  /** Ends a wait with `error`, 0 for success. */
  #answer(at: number, previous: number, error: number): void {
    const memory = this.#memory;
    const kind = memory.getU32(at + LOCK_WAIT.kind);
    const owner = this.records.findOwner(memory.getU32(at + LOCK_WAIT.node), kind, at + LOCK_WAIT.owner);
    memory.setU32(this.#replyAt + OUT_HEADER.len, OUT_HEADER.SIZE);
    memory.setI32(this.#replyAt + OUT_HEADER.error, error);
    memory.copyU64(this.#replyAt + OUT_HEADER.unique, at + LOCK_WAIT.unique);
    this.records.removeWait(at, previous);
    if (owner !== 0) memory.setU32(owner + LOCK_OWNER.waits, memory.getU32(owner + LOCK_OWNER.waits) - 1);
    const written = sys.write(this.#device, memory.base + this.#replyAt, OUT_HEADER.SIZE);
    // Nobody waits for it any more: the lock must not stay behind.
    if (written < 0 && error === 0 && owner !== 0) this.#unlock(owner, kind, at + LOCK_WAIT.lock);
    else if (owner !== 0) this.#dropIfIdle(owner);
  }

  /** Takes the lock that the `fuse_file_lock` at `lockAt` describes: 0, -EAGAIN on a conflict, or -errno. */
  #try(owner: number, kind: number, lockAt: number): number {
    const memory = this.#memory;
    const fd = memory.getI32(owner + LOCK_OWNER.fd);
    const type = memory.getU32(lockAt + FILE_LOCK.type);
    let result: number;
    if (kind === LOCK_KIND.flock) {
      result = sys.flock(fd, (type === F.WRLCK ? LOCK.EX : LOCK.SH) | LOCK.NB);
    } else {
      this.#range.describe(lockAt, type);
      result = this.#range.set(fd);
      // fcntl(2) may say either.
      if (result === -ERRNO.EACCES) result = -ERRNO.EAGAIN;
    }
    if (result >= 0) memory.setU32(owner + LOCK_OWNER.holds, 1);
    return result < 0 ? result : 0;
  }

  #unlock(owner: number, kind: number, lockAt: number): number {
    const memory = this.#memory;
    const fd = memory.getI32(owner + LOCK_OWNER.fd);
    let result: number;
    if (kind === LOCK_KIND.flock) {
      result = sys.flock(fd, LOCK.UN);
      memory.setU32(owner + LOCK_OWNER.holds, 0);
    } else {
      this.#range.describe(lockAt, F.UNLCK);
      result = this.#range.set(fd);
      if (result >= 0 && coversAll(memory, lockAt)) memory.setU32(owner + LOCK_OWNER.holds, 0);
    }
    this.#dropIfIdle(owner);
    return result < 0 ? result : 0;
  }

  /** An owner that neither holds nor waits needs no lower open file. */
  #dropIfIdle(owner: number): void {
    const memory = this.#memory;
    if (memory.getU32(owner + LOCK_OWNER.holds) !== 0 || memory.getU32(owner + LOCK_OWNER.waits) !== 0)
      return;
    // It was opened for locks alone and its file is open elsewhere: closing it takes no time.
    sys.close(this.records.removeOwner(owner));
  }

  /** Which owner on this mount holds what stands against the lock, 0 if it is none of them. */
  #holder(owner: number, kind: number, lockAt: number): number {
    if (kind !== LOCK_KIND.range) return 0;
    const memory = this.#memory;
    this.#range.describe(lockAt, memory.getU32(lockAt + FILE_LOCK.type));
    if (this.#range.ask(memory.getI32(owner + LOCK_OWNER.fd)) < 0) return 0;
    return this.#holderOf(memory.getU32(owner + LOCK_OWNER.node), owner);
  }

  /**
   * The owner, other than `except`, that holds the lock that was found; 0 if none does. An owner's own locks do not stand
   * against it: whoever is not shown this very lock is the one that holds it.
   */
  #holderOf(node: number, except: number): number {
    const memory = this.#memory;
    const range = this.#range;
    const { records } = this;
    if (range.type === F.UNLCK || range.pid > 0) return 0;
    const found = range.copy();
    let holder = 0;
    for (let at = records.firstOwner(node); at !== 0 && holder === 0; at = records.nextOwner(at, node)) {
      if (at === except || memory.getU32(at + LOCK_OWNER.kind) !== LOCK_KIND.range) continue;
      if (memory.getU32(at + LOCK_OWNER.holds) === 0) continue;
      range.restore(found, F.WRLCK);
      if (range.ask(memory.getI32(at + LOCK_OWNER.fd)) >= 0 && !range.equals(found)) holder = at;
    }
    range.restore(found);
    return holder;
  }

  /** Writes the answer to GETLK. */
  #report(node: number, owner: number, outAt: number): void {
    const holder = this.#holderOf(node, owner);
    // An OFD lock of a program on the lower tree belongs to no process: 0, which the kernel shows as such.
    const below = Math.max(this.#range.pid, 0);
    this.#range.report(outAt, holder === 0 ? below : this.#memory.getU32(holder + LOCK_OWNER.pid));
  }
}

function kindOf(memory: SessionMemory, argumentAt: number): number {
  return (memory.getU32(argumentAt + LK_IN.lk_flags) & LK_FLAGS.FLOCK) !== 0
    ? LOCK_KIND.flock
    : LOCK_KIND.range;
}
