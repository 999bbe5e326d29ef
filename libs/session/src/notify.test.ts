import { afterAll, describe, expect, it } from 'vitest';
import { ERRNO, Scratch, SEEK, sys } from '@sluice/sys';
import { Notifier } from './notify.ts';

// What the device would be given, kept in memory.
const device = sys.memfdCreate('notifications', 4096);
const scratch = new Scratch();
const reader = new Scratch(4096);
const notifier = new Notifier(device, scratch);
afterAll(() => {
  sys.close(device);
  for (const arena of [scratch, reader]) arena.release();
});

function written(act: () => number, bytes: number): Buffer {
  reader.reset();
  sys.lseek(device, reader.u64(0n), SEEK.SET);
  expect(act()).toBe(0);
  const at = reader.bytes(bytes);
  expect(sys.pread(device, at, bytes, reader.u64(0n))).toBe(bytes);
  return Buffer.from(reader.bytesAt(at, bytes));
}

describe('notifications', () => {
  it('invalidate an inode: attributes and the pages from 0 to the end', () => {
    const bytes = written(() => notifier.invalidateInode({ slot: 0x0102_0304, generation: 5 }), 40);
    expect(bytes.toString('hex')).toBe(
      '28000000' + // length 40
        '02000000' + // FUSE_NOTIFY_INVAL_INODE
        '0000000000000000' + // unique
        '0403020105000000' + // nodeid
        '0000000000000000' + // offset
        '0000000000000000', // length
    );
  });

  it('invalidate a name, which ends with a NUL that its length does not count', () => {
    const name = new TextEncoder().encode('ä.jpg');
    const bytes = written(() => notifier.invalidateEntry({ slot: 1, generation: 0 }, name), 39);
    expect(bytes.toString('hex')).toBe(
      '27000000' + // length 39
        '03000000' + // FUSE_NOTIFY_INVAL_ENTRY
        '0000000000000000' + // unique
        '0100000000000000' + // parent
        '06000000' + // name length
        '00000000' + // flags
        'c3a42e6a706700',
    );
  });

  it('invalidate attributes alone by an offset below 0', () => {
    const bytes = written(() => notifier.invalidateAttributes({ slot: 2, generation: 3 }), 40);
    expect(bytes.toString('hex')).toBe(
      '28000000' + // length 40
        '02000000' + // FUSE_NOTIFY_INVAL_INODE
        '0000000000000000' + // unique
        '0200000003000000' + // nodeid
        'ffffffffffffffff' + // offset -1
        '0000000000000000', // length
    );
  });

  it('let a name expire by a flag', () => {
    const name = new TextEncoder().encode('a');
    const bytes = written(() => notifier.invalidateEntry({ slot: 1, generation: 0 }, name, true), 34);
    expect(bytes.subarray(28, 32).toString('hex')).toBe('01000000');
  });

  it('carry nothing over from a longer one before', () => {
    notifier.invalidateEntry({ slot: 1, generation: 0 }, new Uint8Array(200).fill(0x78));
    const bytes = written(() => notifier.invalidateInode({ slot: 2, generation: 0 }), 40);
    expect(bytes.subarray(24).every((byte) => byte === 0)).toBe(true);
  });

  it('give the errno of the device', () => {
    expect(new Notifier(-1, scratch).invalidateInode({ slot: 2, generation: 0 })).toBe(-ERRNO.EBADF);
  });
});
