import { beforeEach, describe, expect, it } from 'vitest';
import { Request } from '@sluice/session';
import { Scratch, sys } from '@sluice/sys';
import { IN_HEADER, NOTIFY, WRITE_IN } from '@sluice/wire';
import { Tables } from '../tables.fixture.ts';
import { ADDED, PAGE_DROP, PAGE_DROP_CAPACITY, PageDropQueue } from './page-drop-queue.ts';
import { PageDropper } from './page-dropper.ts';

const tables = new Tables();
const { memory } = tables;
const request = new Request(memory, memory.slot(0), () => undefined);

/** A WRITE with numbers of its own. */
function write(unique: number): Request {
  memory.setU64(request.headerAt + IN_HEADER.unique, unique);
  memory.setU64(request.headerAt + IN_HEADER.nodeid, 7);
  memory.setU64(request.argumentAt + WRITE_IN.offset, unique * 4096);
  request.receive(IN_HEADER.SIZE + WRITE_IN.SIZE);
  return request;
}

/** What is written to a device meanwhile: each message's code, unique and the u64 words after its header. */
function said(body: (device: number) => void): [number, bigint, ...bigint[]][] {
  const room = new Scratch();
  const device = sys.memfdCreate('said', 0);
  body(device);
  const bytes = sys.pread(device, room.base, room.size, room.u64(0n));
  sys.close(device);
  const messages: [number, bigint, ...bigint[]][] = [];
  const view = room.view;
  for (let at = 0; at < bytes; at += view.getUint32(at, true)) {
    const words: bigint[] = [];
    for (let word = at + 16; word < at + view.getUint32(at, true); word += 8)
      words.push(view.getBigUint64(word, true));
    messages.push([view.getInt32(at + 4, true), view.getBigUint64(at + 8, true), ...words]);
  }
  return messages;
}

describe('WRITEs that wait for pages to be dropped', () => {
  let queue: PageDropQueue;
  beforeEach(() => {
    tables.reset();
    queue = new PageDropQueue(memory, tables.layout.pageDrops);
  });

  it('have a dropper started once, and again when it has left', () => {
    expect(queue.add(write(1), 10)).toBe(ADDED.needsDropper);
    expect(queue.add(write(2), 10)).toBe(ADDED.taken);
    expect(queue.leave()).toBe(false);
    for (const unique of [1, 2]) {
      const entry = queue.next(1);
      expect(memory.getU64Approximate(entry + PAGE_DROP.unique)).toBe(unique);
      queue.done();
    }
    expect(queue.next(1)).toBe(0);
    expect(queue.add(write(3), 10)).toBe(ADDED.needsDropper);
  });

  it('are taken up to a limit, round and round', () => {
    for (let round = 0; round < 3; round++) {
      for (let count = 0; count < PAGE_DROP_CAPACITY; count++)
        expect(queue.add(write(count + 1), 10)).not.toBe(ADDED.full);
      expect(queue.add(write(9999), 10)).toBe(ADDED.full);
      for (let count = 0; count < PAGE_DROP_CAPACITY; count++) {
        expect(memory.getU64Approximate(queue.oldest() + PAGE_DROP.unique)).toBe(count + 1);
        queue.done();
      }
      expect(queue.oldest()).toBe(0);
    }
  });

  it('are each answered after the kernel has been told', () => {
    queue.add(write(5), 100);
    queue.add(write(6), 200);
    const messages = said((device) => {
      new PageDropper(memory, tables.geometry, device).run(1);
    });
    expect(messages).toEqual([
      [NOTIFY.INVAL_INODE, 0n, 7n, 5n * 4096n, 100n],
      [0, 5n, 100n],
      [NOTIFY.INVAL_INODE, 0n, 7n, 6n * 4096n, 200n],
      [0, 6n, 200n],
    ]);
  });

  it('are answered by whoever is left when the dropper is gone, and the next has another one started', () => {
    queue.add(write(5), 100);
    queue.add(write(6), 200);
    const messages = said((device) => {
      expect(new PageDropper(memory, tables.geometry, device).answerAll()).toBe(2);
    });
    expect(messages).toEqual([
      [0, 5n, 100n],
      [0, 6n, 200n],
    ]);
    expect(queue.add(write(7), 10)).toBe(ADDED.needsDropper);
  });

  it('end the dropper when it is stopped, after what was there', () => {
    queue.add(write(5), 100);
    queue.stop();
    expect(queue.next(-1)).not.toBe(0);
    queue.done();
    expect(queue.next(-1)).toBe(0);
  });
});
