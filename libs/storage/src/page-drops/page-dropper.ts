/** Has the kernel drop the pages that direct writes made old, and answers the WRITEs afterwards. */
import type { SessionMemory } from '@sluice/session';
import { sys } from '@sluice/sys';
import { NOTIFY, NOTIFY_INVAL_INODE_OUT, OUT_HEADER, WRITE_OUT } from '@sluice/wire';
import { planStorage } from '../layout.ts';
import type { StorageGeometry } from '../layout.ts';
import { PAGE_DROP, PageDropQueue } from './page-drop-queue.ts';

const NOTICE_BYTES = OUT_HEADER.SIZE + NOTIFY_INVAL_INODE_OUT.SIZE;
const REPLY_BYTES = OUT_HEADER.SIZE + WRITE_OUT.SIZE;

export class PageDropper {
  readonly #memory: SessionMemory;
  readonly #queue: PageDropQueue;
  readonly #device: number;
  readonly #messageAt: number;

  /** `device`: the /dev/fuse descriptor. */
  constructor(memory: SessionMemory, geometry: StorageGeometry, device: number) {
    const { pageDrops } = planStorage(geometry, memory.storageAt);
    this.#memory = memory;
    this.#queue = new PageDropQueue(memory, pageDrops);
    this.#messageAt = this.#queue.messageAt;
    this.#device = device;
  }

  /**
   * Blocks its thread until it is stopped or had nothing to do for `idleMs`. It waits in the kernel for pages that are on
   * their way, which only workers can bring: never one of theirs.
   */
  run(idleMs: number): void {
    for (let entry = this.#queue.next(idleMs); entry !== 0; entry = this.#queue.next(idleMs)) {
      this.#drop(entry);
      this.#answer(entry);
      this.#queue.done();
    }
  }

  /** For when the thread is gone: callers rather go on with old pages beside them than wait for ever. How many there were. */
  answerAll(): number {
    let count = 0;
    while (!this.#queue.leave()) {
      this.#answer(this.#queue.oldest());
      this.#queue.done();
      count++;
    }
    return count;
  }

  stop(): void {
    this.#queue.stop();
  }

  /** NOTIFY_INVAL_INODE. What comes of it does not matter: an inode that the kernel does not know has no pages. */
  #drop(entry: number): void {
    const memory = this.#memory;
    const at = this.#messageAt + OUT_HEADER.SIZE;
    memory.u8.fill(0, this.#messageAt, this.#messageAt + NOTICE_BYTES);
    memory.setU32(this.#messageAt + OUT_HEADER.len, NOTICE_BYTES);
    memory.setI32(this.#messageAt + OUT_HEADER.error, NOTIFY.INVAL_INODE);
    memory.copyU64(at + NOTIFY_INVAL_INODE_OUT.ino, entry + PAGE_DROP.slot);
    memory.copyU64(at + NOTIFY_INVAL_INODE_OUT.off, entry + PAGE_DROP.offset);
    memory.setU32(at + NOTIFY_INVAL_INODE_OUT.len, memory.getU32(entry + PAGE_DROP.bytes));
    sys.write(this.#device, memory.base + this.#messageAt, NOTICE_BYTES);
  }

  #answer(entry: number): void {
    const memory = this.#memory;
    memory.u8.fill(0, this.#messageAt, this.#messageAt + REPLY_BYTES);
    memory.setU32(this.#messageAt + OUT_HEADER.len, REPLY_BYTES);
    memory.copyU64(this.#messageAt + OUT_HEADER.unique, entry + PAGE_DROP.unique);
    const sizeAt = this.#messageAt + OUT_HEADER.SIZE + WRITE_OUT.size;
    memory.setU32(sizeAt, memory.getU32(entry + PAGE_DROP.bytes));
    sys.write(this.#device, memory.base + this.#messageAt, REPLY_BYTES);
  }
}
