/**
 * Notifications to the kernel (fuse_dev_do_write with unique 0). Never called from a handler: the kernel takes the
 * inode's lock, which the caller of the very request in hand may hold.
 */
import { sys } from '@sluice/sys';
import type { Scratch } from '@sluice/sys';
import {
  INVAL_ENTRY_FLAGS,
  NOTIFY,
  NOTIFY_INVAL_ENTRY_OUT,
  NOTIFY_INVAL_INODE_OUT,
  OUT_HEADER,
} from '@sluice/wire';

/** A node's id in its two words. */
export interface NodeId {
  slot: number;
  generation: number;
}

/** Room for one notification: a name of the greatest length, and headers. */
export type NotificationRoom = Pick<Scratch, 'base' | 'buffer' | 'reset' | 'bytes'>;

export class Notifier {
  readonly #device: number;
  readonly #scratch: NotificationRoom;

  constructor(device: number, scratch: NotificationRoom) {
    this.#device = device;
    this.#scratch = scratch;
  }

  /** Drops the inode's attributes and cached pages. 0, or -errno (-ENOENT: the kernel does not know the inode). */
  invalidateInode(node: NodeId): number {
    return this.#send(NOTIFY.INVAL_INODE, NOTIFY_INVAL_INODE_OUT.SIZE, new Uint8Array(0), (view, at) => {
      view.setUint32(at + NOTIFY_INVAL_INODE_OUT.ino, node.slot, true);
      view.setUint32(at + NOTIFY_INVAL_INODE_OUT.ino + 4, node.generation, true);
    });
  }

  /** Drops the inode's attributes alone: they are asked for again. Results as above. */
  invalidateAttributes(node: NodeId): number {
    return this.#send(NOTIFY.INVAL_INODE, NOTIFY_INVAL_INODE_OUT.SIZE, new Uint8Array(0), (view, at) => {
      view.setUint32(at + NOTIFY_INVAL_INODE_OUT.ino, node.slot, true);
      view.setUint32(at + NOTIFY_INVAL_INODE_OUT.ino + 4, node.generation, true);
      // A negative offset: no pages (fs/fuse/inode.c, fuse_reverse_inval_inode).
      view.setBigInt64(at + NOTIFY_INVAL_INODE_OUT.off, -1n, true);
    });
  }

  /**
   * Drops a name beneath `parent`; what is open stays open. `expireOnly` (7.38; older kernels drop it): it is looked up
   * again when next used, and what is mounted at it or beneath stays.
   */
  invalidateEntry(parent: NodeId, name: Uint8Array, expireOnly = false): number {
    const bytes = NOTIFY_INVAL_ENTRY_OUT.SIZE;
    return this.#send(NOTIFY.INVAL_ENTRY, bytes, name, (view, at) => {
      view.setUint32(at + NOTIFY_INVAL_ENTRY_OUT.parent, parent.slot, true);
      view.setUint32(at + NOTIFY_INVAL_ENTRY_OUT.parent + 4, parent.generation, true);
      view.setUint32(at + NOTIFY_INVAL_ENTRY_OUT.namelen, name.length, true);
      if (expireOnly) view.setUint32(at + NOTIFY_INVAL_ENTRY_OUT.flags, INVAL_ENTRY_FLAGS.EXPIRE_ONLY, true);
    });
  }

  #send(
    code: number,
    argumentBytes: number,
    name: Uint8Array,
    fill: (view: DataView, at: number) => void,
  ): number {
    const nameBytes = name.length > 0 ? name.length + 1 : 0;
    const length = OUT_HEADER.SIZE + argumentBytes + nameBytes;
    this.#scratch.reset();
    const address = this.#scratch.bytes(length);
    const at = address - this.#scratch.base;
    const view = new DataView(this.#scratch.buffer);
    new Uint8Array(this.#scratch.buffer, at, length).fill(0);
    view.setUint32(at + OUT_HEADER.len, length, true);
    view.setInt32(at + OUT_HEADER.error, code, true);
    fill(view, at + OUT_HEADER.SIZE);
    new Uint8Array(this.#scratch.buffer, at + OUT_HEADER.SIZE + argumentBytes).set(name);
    const written = sys.write(this.#device, address, length);
    return written < 0 ? written : 0;
  }
}
