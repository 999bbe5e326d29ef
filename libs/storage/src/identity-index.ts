/**
 * The index of nodes by the lower object's identity: device, inode number and birth time, and which view of it the node is. A
 * chained hash in session memory. The caller holds the table lock.
 */
import { LOWER_STAT } from '@sluice/sys';
import { ATTR } from '@sluice/wire';
import type { SessionMemory } from '@sluice/session';
import { NODE, NODE_FLAG } from './layout.ts';
import type { StorageLayout } from './layout.ts';

export class IdentityIndex {
  readonly #memory: SessionMemory;
  readonly #layout: StorageLayout;

  constructor(memory: SessionMemory, layout: StorageLayout) {
    this.#memory = memory;
    this.#layout = layout;
  }

  /** A node whose record says which object it is of. */
  add(at: number): void {
    const memory = this.#memory;
    const bucket = this.#bucket(
      memory.getU32(at + NODE.ino),
      memory.getU32(at + NODE.ino + 4),
      memory.getU32(at + NODE.device),
    );
    memory.setU32(at + NODE.next, memory.getU32(bucket));
    memory.setU32(bucket, this.#slotOf(at));
  }

  /**
   * Offset of the node of the lower object that the LOWER_STAT record at `statAt` describes, or 0. A node with the same
   * inode number but another birth time is of a deleted file whose number was used again: it leaves the hash and lives
   * on only for those who hold its nodeid.
   * `view`: NODE_FLAG.redacted for that view of the object, 0 for the plain one.
   */
  find(statAt: number, view = 0): number {
    const memory = this.#memory;
    const inoLow = memory.getU32(statAt + LOWER_STAT.attr + ATTR.ino);
    const inoHigh = memory.getU32(statAt + LOWER_STAT.attr + ATTR.ino + 4);
    const deviceLow = memory.getU32(statAt + LOWER_STAT.device);
    const deviceHigh = memory.getU32(statAt + LOWER_STAT.device + 4);
    let slot = memory.getU32(this.#bucket(inoLow, inoHigh, deviceLow));
    while (slot !== 0) {
      const at = this.#at(slot);
      if (
        memory.getU32(at + NODE.ino) === inoLow &&
        memory.getU32(at + NODE.ino + 4) === inoHigh &&
        memory.getU32(at + NODE.device) === deviceLow &&
        memory.getU32(at + NODE.device + 4) === deviceHigh &&
        (memory.getU32(at + NODE.flags) & NODE_FLAG.redacted) === view
      ) {
        if (this.sameBirth(at, statAt)) return at;
        this.remove(at);
        return 0;
      }
      slot = memory.getU32(at + NODE.next);
    }
    return 0;
  }

  /**
   * A node that is known to have several names, by the u64 inode number at `inoAt` on the device of the directory at `parentAt`;
   * 0: there is none.
   */
  findLinked(inoAt: number, parentAt: number): number {
    const memory = this.#memory;
    const inoLow = memory.getU32(inoAt);
    const inoHigh = memory.getU32(inoAt + 4);
    const deviceLow = memory.getU32(parentAt + NODE.device);
    let slot = memory.getU32(this.#bucket(inoLow, inoHigh, deviceLow));
    while (slot !== 0) {
      const at = this.#at(slot);
      if (
        (memory.getU32(at + NODE.flags) & NODE_FLAG.linked) !== 0 &&
        memory.getU32(at + NODE.ino) === inoLow &&
        memory.getU32(at + NODE.ino + 4) === inoHigh &&
        memory.getU32(at + NODE.device) === deviceLow &&
        memory.getU32(at + NODE.device + 4) === memory.getU32(parentAt + NODE.device + 4)
      ) {
        return at;
      }
      slot = memory.getU32(at + NODE.next);
    }
    return 0;
  }

  /** The node of the same object's other view, or 0. */
  otherView(at: number): number {
    const memory = this.#memory;
    const view = memory.getU32(at + NODE.flags) & NODE_FLAG.redacted;
    let slot = memory.getU32(
      this.#bucket(
        memory.getU32(at + NODE.ino),
        memory.getU32(at + NODE.ino + 4),
        memory.getU32(at + NODE.device),
      ),
    );
    while (slot !== 0) {
      const other = this.#at(slot);
      if (
        (memory.getU32(other + NODE.flags) & NODE_FLAG.redacted) !== view &&
        memory.getU32(other + NODE.ino) === memory.getU32(at + NODE.ino) &&
        memory.getU32(other + NODE.ino + 4) === memory.getU32(at + NODE.ino + 4) &&
        memory.getU32(other + NODE.device) === memory.getU32(at + NODE.device) &&
        memory.getU32(other + NODE.device + 4) === memory.getU32(at + NODE.device + 4) &&
        memory.getU32(other + NODE.birthSeconds) === memory.getU32(at + NODE.birthSeconds) &&
        memory.getU32(other + NODE.birthNanoseconds) === memory.getU32(at + NODE.birthNanoseconds)
      ) {
        return other;
      }
      slot = memory.getU32(other + NODE.next);
    }
    return 0;
  }

  /** The same for a LOWER_STAT record that lies outside session memory; changes nothing. For callers off the serving path. */
  findByRecord(record: Uint8Array): number {
    const view = new DataView(record.buffer, record.byteOffset, LOWER_STAT.SIZE);
    const word = (at: number): number => view.getUint32(at, true);
    const memory = this.#memory;
    const ino = LOWER_STAT.attr + ATTR.ino;
    let slot = memory.getU32(this.#bucket(word(ino), word(ino + 4), word(LOWER_STAT.device)));
    while (slot !== 0) {
      const at = this.#at(slot);
      if (
        memory.getU32(at + NODE.ino) === word(ino) &&
        memory.getU32(at + NODE.ino + 4) === word(ino + 4) &&
        memory.getU32(at + NODE.device) === word(LOWER_STAT.device) &&
        memory.getU32(at + NODE.device + 4) === word(LOWER_STAT.device + 4) &&
        memory.getU32(at + NODE.birthSeconds) === word(LOWER_STAT.birthSeconds) &&
        memory.getU32(at + NODE.birthNanoseconds) === word(LOWER_STAT.birthNanoseconds) &&
        (memory.getU32(at + NODE.flags) & NODE_FLAG.redacted) === 0
      ) {
        return at;
      }
      slot = memory.getU32(at + NODE.next);
    }
    return 0;
  }

  /** Whether the record at `statAt` describes the lower object of the node at `at`. */
  isSame(at: number, statAt: number): boolean {
    const memory = this.#memory;
    return (
      memory.getU32(at + NODE.ino) === memory.getU32(statAt + LOWER_STAT.attr + ATTR.ino) &&
      memory.getU32(at + NODE.ino + 4) === memory.getU32(statAt + LOWER_STAT.attr + ATTR.ino + 4) &&
      memory.getU32(at + NODE.device) === memory.getU32(statAt + LOWER_STAT.device) &&
      memory.getU32(at + NODE.device + 4) === memory.getU32(statAt + LOWER_STAT.device + 4) &&
      this.sameBirth(at, statAt)
    );
  }

  sameBirth(at: number, statAt: number): boolean {
    const memory = this.#memory;
    return (
      memory.getU32(at + NODE.birthSeconds) === memory.getU32(statAt + LOWER_STAT.birthSeconds) &&
      memory.getU32(at + NODE.birthNanoseconds) === memory.getU32(statAt + LOWER_STAT.birthNanoseconds) &&
      memory.getU32(at + NODE.flags) >>> 16 ===
        (memory.getU32(statAt + LOWER_STAT.attr + ATTR.mode) & 0o170000)
    );
  }

  /** Offset of the hash bucket's head. */
  #bucket(inoLow: number, inoHigh: number, device: number): number {
    let h = Math.imul(inoLow ^ Math.imul(inoHigh, 0x85eb_ca6b) ^ Math.imul(device, 0xc2b2_ae35), 0x9e37_79b1);
    h ^= h >>> 15;
    return this.#layout.hash + (h & (this.#layout.hashBuckets - 1)) * 4;
  }

  /** Takes the node out of the index, if it is in it. */
  remove(at: number): void {
    const memory = this.#memory;
    const slot = this.#slotOf(at);
    let link = this.#bucket(
      memory.getU32(at + NODE.ino),
      memory.getU32(at + NODE.ino + 4),
      memory.getU32(at + NODE.device),
    );
    for (let next = memory.getU32(link); next !== 0; next = memory.getU32(link)) {
      if (next === slot) {
        memory.setU32(link, memory.getU32(at + NODE.next));
        break;
      }
      link = this.#at(next) + NODE.next;
    }
    memory.setU32(at + NODE.flags, memory.getU32(at + NODE.flags) & ~NODE_FLAG.hashed);
  }

  #at(slot: number): number {
    return this.#layout.nodes + slot * NODE.SIZE;
  }

  #slotOf(at: number): number {
    return (at - this.#layout.nodes) / NODE.SIZE;
  }
}
