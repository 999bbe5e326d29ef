/**
 * Open files and directories: what a FUSE file handle means. A handle is slot + generation, so a stale one is EBADF.
 * The caller holds the table lock except where a comment says otherwise.
 */
import { HEADER } from '@sluice/session';
import type { SessionMemory } from '@sluice/session';
import { NODE, OPEN_FILE, SHARED } from './layout.ts';
import type { StorageLayout } from './layout.ts';
import { MODE } from './open-mode.ts';

/** Beside the MODE values of files. */
export const OPEN_DIRECTORY = 8;

export class OpenFiles {
  readonly #memory: SessionMemory;
  readonly #layout: StorageLayout;

  constructor(memory: SessionMemory, layout: StorageLayout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  get count(): number {
    return this.#memory.load(this.#layout.shared + SHARED.openCount);
  }

  /** Offset of the record that the u64 file handle at `handleAt` means, or 0. Needs no lock: an open handle is in use. */
  find(handleAt: number): number {
    const memory = this.#memory;
    const slot = memory.getU32(handleAt);
    if (slot === 0 || slot >= this.#layout.geometry.openFiles) return 0;
    const at = this.#at(slot);
    return memory.getU32(at + OPEN_FILE.mode) !== 0 &&
      memory.getU32(at + OPEN_FILE.generation) === memory.getU32(handleAt + 4)
      ? at
      : 0;
  }

  /** A new record, or 0 if the table is full. `uid`, `gid`: who opens. */
  create(node: number, mode: number, flags: number, fd: number, uid = 0, gid = 0): number {
    const memory = this.#memory;
    const { shared, geometry } = this.#layout;
    let slot = memory.getU32(shared + SHARED.openFree);
    if (slot !== 0) {
      memory.setU32(shared + SHARED.openFree, memory.getU32(this.#at(slot) + OPEN_FILE.next));
    } else {
      slot = memory.getU32(shared + SHARED.openTop) + 1;
      if (slot >= geometry.openFiles) return 0;
      memory.setU32(shared + SHARED.openTop, slot);
    }
    const at = this.#at(slot);
    this.#refer(node, 1);
    memory.setU32(at + OPEN_FILE.mode, mode);
    memory.setU32(at + OPEN_FILE.node, node);
    memory.setU32(at + OPEN_FILE.flags, flags);
    memory.setI32(at + OPEN_FILE.fd, fd);
    memory.setU32(at + OPEN_FILE.policyEpoch, memory.load(HEADER.policyEpoch));
    memory.setU32(at + OPEN_FILE.locks, 0);
    memory.setU32(at + OPEN_FILE.uid, uid);
    memory.setU32(at + OPEN_FILE.gid, gid);
    memory.setU32(at + OPEN_FILE.position, 0);
    memory.setU32(at + OPEN_FILE.position + 4, 0);
    memory.setU32(shared + SHARED.openCount, memory.getU32(shared + SHARED.openCount) + 1);
    return at;
  }

  slotOf(at: number): number {
    return (at - this.#layout.openFiles) / OPEN_FILE.SIZE;
  }

  /** Writes the handle of the record as a u64. */
  writeHandle(at: number, handleAt: number): void {
    this.#memory.setU32(handleAt, this.slotOf(at));
    this.#memory.setU32(handleAt + 4, this.#memory.getU32(at + OPEN_FILE.generation));
  }

  /** Frees the record. Its node, which may have become unreferenced by this; the caller looks. */
  free(at: number): number {
    const memory = this.#memory;
    const { shared } = this.#layout;
    const node = memory.getU32(at + OPEN_FILE.node);
    this.#refer(node, -1);
    memory.setU32(at + OPEN_FILE.mode, 0);
    memory.setU32(at + OPEN_FILE.generation, (memory.getU32(at + OPEN_FILE.generation) + 1) >>> 0);
    memory.setU32(at + OPEN_FILE.next, memory.getU32(shared + SHARED.openFree));
    memory.setU32(shared + SHARED.openFree, this.slotOf(at));
    memory.setU32(shared + SHARED.openCount, memory.getU32(shared + SHARED.openCount) - 1);
    return node;
  }

  /** Files passing through that were decided by a policy older than `epoch`. A scan for status, not for the serving path. */
  countOlder(epoch: number): number {
    const memory = this.#memory;
    const top = memory.getU32(this.#layout.shared + SHARED.openTop);
    let count = 0;
    for (let slot = 1; slot <= top; slot++) {
      const at = this.#at(slot);
      const mode = memory.getU32(at + OPEN_FILE.mode);
      if (mode !== MODE.passthrough && mode !== MODE.passthroughDirect) continue;
      if (memory.getU32(at + OPEN_FILE.policyEpoch) < epoch) count++;
    }
    return count;
  }

  /** A node that is open stays, whatever the kernel forgets. */
  #refer(node: number, by: number): void {
    const at = this.#layout.nodes + node * NODE.SIZE + NODE.references;
    this.#memory.setU32(at, this.#memory.getU32(at) + by);
  }

  #at(slot: number): number {
    return this.#layout.openFiles + slot * OPEN_FILE.SIZE;
  }
}
