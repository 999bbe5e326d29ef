import { readFileSync, statSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { FALLOC, O, SEEK } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { lowerDirectory } from './lower-directory.fixture.ts';

const lower = lowerDirectory();
const { directory, scratch, at } = lower;
const path = (name: string): string => join(lower.path, name);

const TMPFS_MAGIC = 0x01021994;

describe('pread and pwrite', () => {
  it('move bytes at a 64-bit offset', () => {
    const fd = lower.open('offsets', O.RDWR | O.CREAT);
    const offset = scratch.u64(2n ** 32n + 7n);
    expect(sys.pwrite(fd, at('hello'), 5, offset)).toBe(5);
    expect(statSync(path('offsets')).size).toBe(2 ** 32 + 12);
    const out = scratch.bytes(16);
    expect(sys.pread(fd, out, 16, offset)).toBe(5);
    expect(scratch.textAt(out, 5)).toBe('hello');
    expect(sys.pread(fd, out, 16, scratch.u64(2n ** 40n))).toBe(0);
    expect(sys.pread(fd, out, 16, scratch.u64(-1n))).toBe(-ERRNO.EINVAL);
    expect(sys.pwrite(fd, out, 16, scratch.u64(-1n))).toBe(-ERRNO.EINVAL);
  });

  it('leave the position that read and write go by alone', () => {
    const fd = lower.open('position', O.RDWR | O.CREAT);
    const out = scratch.bytes(16);
    expect(sys.write(fd, at('abcdef'), 6)).toBe(6);
    expect(sys.pwrite(fd, at('X'), 1, scratch.u64(0n))).toBe(1);
    expect(sys.read(fd, out, 16)).toBe(0);
    expect(readFileSync(path('position'), 'utf8')).toBe('Xbcdef');
  });
});

describe('preadNoWait', () => {
  it('gives what is in the page cache, and never goes by the position', (context) => {
    const fd = lower.open('cached', O.RDWR | O.CREAT);
    sys.pwrite(fd, at('cached bytes'), 12, scratch.u64(0n));
    const out = scratch.bytes(16);
    const result = sys.preadNoWait(fd, out, 16, scratch.u64(7n));
    if (result === -ERRNO.EOPNOTSUPP) context.skip('the file system cannot read without waiting');
    expect(result).toBe(5);
    expect(scratch.textAt(out, 5)).toBe('bytes');
    expect(sys.preadNoWait(fd, out, 16, scratch.u64(2n ** 64n - 1n))).toBe(-ERRNO.EINVAL);
    expect(sys.preadNoWait(fd, out, 16, scratch.u64(2n ** 32n))).toBe(0);
  });

  it('says when it would have to wait', (context) => {
    // What is written past the page cache is not in it.
    const direct = lower.open('uncached', O.RDWR | O.CREAT | O.DIRECT);
    const written = direct < 0 ? direct : sys.pwrite(direct, scratch.base + 65_536, 4096, scratch.u64(0n));
    if (written === -ERRNO.EINVAL) context.skip('the file system has no O_DIRECT');
    expect(written).toBe(4096);
    const fd = lower.open('uncached', O.RDONLY);
    const result = sys.preadNoWait(fd, scratch.bytes(16), 16, scratch.u64(0n));
    if (result === -ERRNO.EOPNOTSUPP) context.skip('the file system cannot read without waiting');
    const memoryOnly = statfsSync(lower.path).type === TMPFS_MAGIC;
    if (memoryOnly) context.skip('tmpfs never waits');
    expect(result).toBe(-ERRNO.EAGAIN);
  });
});

describe('fallocate and lseek', () => {
  it('reserve, punch and find the hole', (context) => {
    const fd = lower.open('holes', O.RDWR | O.CREAT);
    const all = 256n * 1024n;
    const [zero, length] = [scratch.u64(0n), scratch.u64(all)];
    const reserved = sys.fallocate(fd, 0, zero, length);
    if (reserved === -ERRNO.EOPNOTSUPP) context.skip('the file system has no fallocate');
    expect(reserved).toBe(0);
    expect(statSync(path('holes')).size).toBe(Number(all));
    for (let offset = 0n; offset < all; offset += 65_536n) {
      expect(sys.pwrite(fd, scratch.base + 65_536, 65_536, scratch.u64(offset))).toBe(65_536);
    }
    const hole = scratch.u64(65_536n);
    expect(sys.fallocate(fd, FALLOC.PUNCH_HOLE | FALLOC.KEEP_SIZE, hole, hole)).toBe(0);
    const position = scratch.u64(0n);
    expect(sys.lseek(fd, position, SEEK.HOLE)).toBe(0);
    expect(scratch.u64At(position)).toBe(65_536n);
    expect(sys.lseek(fd, position, SEEK.DATA)).toBe(0);
    expect(scratch.u64At(position)).toBe(131_072n);
    expect(sys.fallocate(fd, 0, zero, zero)).toBe(-ERRNO.EINVAL);
  });

  it('keep the operand when the seek fails, and seek beyond 4 GiB', () => {
    const fd = lower.open('holes', O.RDWR);
    const position = scratch.u64(-4n);
    expect(sys.lseek(fd, position, SEEK.SET)).toBe(-ERRNO.EINVAL);
    expect(scratch.u64At(position)).toBe(2n ** 64n - 4n);
    expect(sys.lseek(fd, position, SEEK.END)).toBe(0);
    expect(scratch.u64At(position)).toBe(256n * 1024n - 4n);
    const far = scratch.u64(2n ** 33n);
    expect(sys.lseek(fd, far, SEEK.SET)).toBe(0);
    expect(scratch.u64At(far)).toBe(2n ** 33n);
  });
});

describe('syncing', () => {
  it('succeeds for open files and says when a descriptor is not one', () => {
    const fd = lower.open('synced', O.RDWR | O.CREAT);
    for (const call of [sys.fsync, sys.fdatasync, sys.syncfs]) {
      expect(call(fd)).toBe(0);
      expect(call(12_345)).toBe(-ERRNO.EBADF);
    }
    expect(sys.fsync(lower.open('.', O.PATH))).toBe(-ERRNO.EBADF);
  });
});

describe('copyFileRange', () => {
  it('copies between files and advances both offsets', (context) => {
    writeFileSync(path('from'), '0123456789');
    const from = lower.open('from', O.RDONLY);
    const to = lower.open('to', O.RDWR | O.CREAT);
    const [here, there] = [scratch.u64(3n), scratch.u64(1n)];
    const copied = sys.copyFileRange(from, here, to, there, 2 ** 52, 0);
    if (copied === -ERRNO.EOPNOTSUPP) context.skip('the file system cannot copy ranges');
    expect(copied).toBe(7);
    expect([scratch.u64At(here), scratch.u64At(there)]).toEqual([10n, 8n]);
    expect(readFileSync(path('to'), 'latin1')).toBe('\x003456789');
    expect(sys.copyFileRange(from, here, to, there, 1, 1)).toBe(-ERRNO.EINVAL);
    expect(sys.copyFileRange(from, 0, to, there, 1, 0)).toBe(-ERRNO.EFAULT);
    expect(sys.copyFileRange(directory, here, to, there, 1, 0)).toBeLessThan(0);
  });
});
