/**
 * Reaching lower objects from nodes, without keeping descriptors for them.
 *
 * A directory's O_PATH descriptor comes from the bounded cache; a file is opened by its file handle. Where the lower file
 * system has no handles, or the object is on another one than the root, it is opened by name beneath its parent and
 * checked to be the same object. A name is a single component and never followed as a symlink, so nothing outside the
 * volume's source can be reached.
 */
import { AT, ERRNO, O, sys } from '@sluice/sys';
import type { Lock, Request } from '@sluice/session';
import type { Deferred } from './deferred.ts';
import type { DirectoryFds } from './directory-fds.ts';
import { NODE, NODE_FLAG } from './layout.ts';
import { ROOT } from './node-table.ts';
import type { NodeTable } from './node-table.ts';
import { HANDLE_SCRATCH_CAPACITY, SCRATCH } from './scratch-layout.ts';

const PINS = 64;
/** Descriptors given up when an open meets EMFILE. */
const SHRINK_BY = 32;

export interface LowerTreeParts {
  request: Request;
  nodes: NodeTable;
  lock: Lock;
  directoryFds: DirectoryFds;
  deferred: Deferred;
  /** O_RDONLY | O_DIRECTORY descriptor of the volume's source. */
  rootFd: number;
  reopensByHandle: boolean;
  /** Address of an empty string. */
  emptyPath: number;
}

export class LowerTree {
  readonly #request: Request;
  readonly #nodes: NodeTable;
  readonly #lock: Lock;
  readonly #fds: DirectoryFds;
  readonly #deferred: Deferred;
  readonly rootFd: number;
  readonly #reopensByHandle: boolean;
  readonly #emptyPath: number;
  /** Cache entries pinned by the request in hand. */
  readonly #pins = new Int32Array(PINS);
  #pinCount = 0;
  /** Descriptors of the request in hand that found no place in the cache. */
  readonly #loose = new Int32Array(PINS);
  #looseCount = 0;
  /** The directory asked for last in the request in hand: READDIRPLUS asks for one again with every entry. */
  #lastSlot = 0;
  /** Nodes on the way down to one that is opened by name; grows to the deepest path and stays there. */
  readonly #path: number[] = [];
  #lastFd = -1;

  constructor(parts: LowerTreeParts) {
    this.#request = parts.request;
    this.#nodes = parts.nodes;
    this.#lock = parts.lock;
    this.#fds = parts.directoryFds;
    this.#deferred = parts.deferred;
    this.rootFd = parts.rootFd;
    this.#reopensByHandle = parts.reopensByHandle;
    this.#emptyPath = parts.emptyPath;
  }

  /**
   * A descriptor of the directory at `at`, good until {@link endRequest}: 0 or more, or -errno. O_PATH, but for the root.
   */
  directory(at: number): number {
    const slot = this.#nodes.slotOf(at);
    if (slot === ROOT) return this.rootFd;
    if (slot === this.#lastSlot) return this.#lastFd;
    const fd = this.#directory(at, slot);
    if (fd >= 0) {
      this.#lastSlot = slot;
      this.#lastFd = fd;
    }
    return fd;
  }

  #directory(at: number, slot: number): number {
    this.#lock.acquire();
    const entry = this.#pinCount < PINS ? this.#fds.pin(at) : 0;
    const cached = entry !== 0 ? this.#fds.fd(entry) : -1;
    this.#lock.release();
    if (entry !== 0) {
      this.#pins[this.#pinCount++] = entry;
      return cached;
    }
    const fd = this.open(at, O.PATH | O.DIRECTORY | O.NOFOLLOW);
    if (fd < 0) return fd;
    let added = 0;
    if (this.#pinCount < PINS) {
      this.#lock.acquire();
      const isKnown = this.#nodes.flag(at, NODE_FLAG.used);
      if (isKnown && this.#nodes.memory.getU32(at + NODE.fdEntry) === 0) added = this.#fds.add(at, slot, fd);
      this.#lock.release();
    }
    if (added !== 0) {
      this.#pins[this.#pinCount++] = added;
    } else if (this.#looseCount < PINS) {
      this.#loose[this.#looseCount++] = fd;
    } else {
      sys.close(fd);
      return -ERRNO.ENFILE;
    }
    return fd;
  }

  /** Opens the node's lower object: a descriptor the caller closes, or -errno; ESTALE when it is no more. */
  open(at: number, flags: number): number {
    const result = this.#openOnce(at, flags);
    if (result !== -ERRNO.EMFILE && result !== -ERRNO.ENFILE) return result;
    // The cache's descriptors are only a convenience: an app's open goes first.
    this.#lock.acquire();
    this.#fds.shrink(SHRINK_BY);
    this.#lock.release();
    this.#deferred.closeFds();
    return this.#openOnce(at, flags);
  }

  /** statx of the node's lower object into the LOWER_STAT record at `statAt`. */
  stat(at: number, statAt: number): number {
    const { memory } = this.#nodes;
    const request = this.#request;
    const out = request.address(statAt);
    const parent = memory.getU32(at + NODE.parent);
    if (this.#nodes.slotOf(at) === ROOT) return sys.stat(this.rootFd, 0, AT.EMPTY_PATH, out);
    const held = this.#fds.held(at);
    if (held >= 0) return sys.stat(held, 0, AT.EMPTY_PATH, out);
    if (parent !== 0) {
      // One system call where the name still leads to the object. Name and parent are read without the lock: whatever a
      // rename in another worker makes of them, the identity check has the last word.
      const directory = this.directory(this.#nodes.at(parent));
      if (directory >= 0) {
        const name = request.address(memory.getU32(at + NODE.name));
        const result = sys.stat(directory, name, AT.SYMLINK_NOFOLLOW, out);
        if (result === 0 && this.#nodes.isSame(at, statAt)) return 0;
      }
    }
    const fd = this.open(at, O.PATH | O.NOFOLLOW);
    if (fd < 0) return fd;
    const result = sys.stat(fd, 0, AT.EMPTY_PATH, out);
    sys.close(fd);
    return result;
  }

  /** Unpins and closes what the request used. Call once at the end of each request. */
  endRequest(): void {
    this.#lastSlot = 0;
    if (this.#pinCount > 0) {
      this.#lock.acquire();
      while (this.#pinCount > 0) this.#fds.unpin(this.#pins[--this.#pinCount] as number);
      this.#lock.release();
    }
    while (this.#looseCount > 0) sys.close(this.#loose[--this.#looseCount] as number);
  }

  #openOnce(at: number, flags: number): number {
    const { memory } = this.#nodes;
    if (this.#nodes.slotOf(at) === ROOT) return sys.reopen(this.rootFd, (flags & ~O.NOFOLLOW) | O.CLOEXEC);
    const held = this.#fds.held(at);
    if (held >= 0) return sys.reopen(held, (flags & ~O.NOFOLLOW) | O.CLOEXEC);
    if (memory.getU32(at + NODE.handle) !== 0) {
      return sys.openByHandle(this.rootFd, this.#request.address(at + NODE.handle), flags | O.CLOEXEC);
    }
    if ((flags & O.PATH) === 0 && this.#reopensByHandle && this.#nodes.isRegular(at))
      return this.#openFirst(at, flags);
    return this.#openByName(at, flags);
  }

  /** A regular file that is opened for the first time: its handle is read, and kept, while a descriptor pins the object. */
  #openFirst(at: number, flags: number): number {
    const pinned = this.#openByName(at, O.PATH | O.NOFOLLOW);
    if (pinned < 0) return pinned;
    this.#keepHandle(at, pinned);
    const hasHandle = this.#nodes.memory.getU32(at + NODE.handle) !== 0;
    const fd = hasHandle ? this.#openOnce(at, flags) : sys.reopen(pinned, (flags & ~O.NOFOLLOW) | O.CLOEXEC);
    sys.close(pinned);
    return fd;
  }

  /** Reads the file handle of the node's object, open as `fd`, where it has none yet. */
  #keepHandle(at: number, fd: number): void {
    const nodes = this.#nodes;
    if (!this.#reopensByHandle || nodes.memory.getU32(at + NODE.handle) !== 0 || !this.#isOnRootDevice(at))
      return;
    const handleAt = this.#request.scratchAt + SCRATCH.handle;
    const address = this.#request.address(handleAt);
    if (sys.nameToHandle(fd, this.#emptyPath, address, HANDLE_SCRATCH_CAPACITY, AT.EMPTY_PATH) < 0) return;
    this.#lock.acquire();
    nodes.setHandle(at, handleAt);
    this.#lock.release();
  }

  /** Handles are opened through the root's mount: an object on another file system has to go by name. */
  #isOnRootDevice(at: number): boolean {
    const { memory } = this.#nodes;
    const root = this.#nodes.at(ROOT);
    return (
      memory.getU32(root + NODE.device) === memory.getU32(at + NODE.device) &&
      memory.getU32(root + NODE.device + 4) === memory.getU32(at + NODE.device + 4)
    );
  }

  /**
   * Down from the nearest ancestor that has a descriptor or a handle. Those in between are opened for this call alone, one
   * at a time: however deep the tree is, it takes neither many descriptors nor much stack.
   */
  #openByName(at: number, flags: number): number {
    const nodes = this.#nodes;
    const path = this.#path;
    const first = path.length;
    let up = at;
    do {
      path.push(up);
      const parent = nodes.memory.getU32(up + NODE.parent);
      up = parent === 0 ? 0 : nodes.at(parent);
    } while (up !== 0 && !this.#isAtHand(up));
    let fd = up === 0 ? -ERRNO.ESTALE : this.directory(up);
    let isOurs = false;
    while (path.length > first) {
      const node = path.pop() as number;
      const next = fd < 0 ? fd : this.#openBeneath(fd, node, node === at ? flags : O.PATH | O.DIRECTORY);
      if (isOurs) sys.close(fd);
      fd = next;
      isOurs = fd >= 0;
    }
    return fd;
  }

  #isAtHand(at: number): boolean {
    const { memory } = this.#nodes;
    return (
      this.#nodes.slotOf(at) === ROOT ||
      memory.getU32(at + NODE.fdEntry) !== 0 ||
      memory.getU32(at + NODE.handle) !== 0
    );
  }

  /**
   * Opens the node by its name in its parent, which is open as `directory`. Whatever bears the name by now is not opened
   * for real before it is known to be the node's object: opening a FIFO would wait, opening a device may do something.
   */
  #openBeneath(directory: number, at: number, flags: number): number {
    const name = this.#request.address(this.#nodes.memory.getU32(at + NODE.name));
    const fd = sys.openat(directory, name, O.PATH | O.NOFOLLOW | O.CLOEXEC | (flags & O.DIRECTORY), 0);
    if (fd < 0) return fd === -ERRNO.ENOENT || fd === -ERRNO.ENOTDIR ? -ERRNO.ESTALE : fd;
    const statAt = this.#request.scratchAt + SCRATCH.otherStat;
    const seen = sys.stat(fd, 0, AT.EMPTY_PATH, this.#request.address(statAt));
    let result = seen < 0 ? seen : this.#nodes.isSame(at, statAt) ? fd : -ERRNO.ESTALE;
    if (result >= 0 && (flags & O.PATH) === 0) result = sys.reopen(fd, (flags & ~O.NOFOLLOW) | O.CLOEXEC);
    if (result !== fd) sys.close(fd);
    return result;
  }
}
