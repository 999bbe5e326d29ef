import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  statfsSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import type { BigIntStats } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT, O, S, STATX, UTIME } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';
import { LOWER_STAT } from './native.ts';

const lower = lowerDirectory();
const { directory, scratch, at } = lower;
const path = (name: string): string => join(lower.path, name);

const major = (device: bigint): number => Number(((device >> 8n) & 0xfffn) | ((device >> 32n) & ~0xfffn));
const minor = (device: bigint): number => Number((device & 0xffn) | ((device >> 12n) & ~0xffn));
const floorDivide = (ns: bigint): bigint =>
  (ns - BigInt.asUintN(64, ((ns % 10n ** 9n) + 10n ** 9n) % 10n ** 9n)) / 10n ** 9n;
const remainder = (ns: bigint): number => Number(((ns % 10n ** 9n) + 10n ** 9n) % 10n ** 9n);

/** The record as it follows from what Node says about the same object. */
function expected(stats: BigIntStats): Uint8Array {
  const view = new DataView(new ArrayBuffer(LOWER_STAT.SIZE));
  const times = [stats.atimeNs, stats.mtimeNs, stats.ctimeNs];
  [stats.ino, stats.size, stats.blocks, ...times.map(floorDivide)].forEach((value, index) =>
    view.setBigUint64(index * 8, BigInt.asUintN(64, value), true),
  );
  const [high, low] = [major(stats.rdev), minor(stats.rdev)];
  const rdev = (low & 0xff) | (high << 8) | ((low & ~0xff) << 12);
  const words = [stats.mode, stats.nlink, stats.uid, stats.gid].map(Number);
  [...times.map(remainder), ...words, rdev, Number(stats.blksize), 0].forEach((value, index) =>
    view.setUint32(48 + index * 4, value, true),
  );
  view.setUint32(LOWER_STAT.device, minor(stats.dev), true);
  view.setUint32(LOWER_STAT.device + 4, major(stats.dev), true);
  view.setBigInt64(LOWER_STAT.birthSeconds, stats.birthtimeNs / 10n ** 9n, true);
  view.setUint32(LOWER_STAT.birthNanoseconds, remainder(stats.birthtimeNs), true);
  return new Uint8Array(view.buffer);
}

function statOf(
  fd: number,
  name: number,
  flags: number,
): { result: number; record: Uint8Array; mask: number } {
  const out = scratch.bytes(LOWER_STAT.SIZE);
  const result = sys.stat(fd, name, flags, out);
  const mask = scratch.u32At(out + LOWER_STAT.mask);
  const record = scratch.bytesAt(out, LOWER_STAT.SIZE).slice();
  // What else the file system fills in is its own affair; birth and the basics are what the record promises.
  record.fill(0, LOWER_STAT.mask);
  return { result, record, mask };
}

describe('stat', () => {
  it('writes the same bytes as follow from lstat, for every kind of object', () => {
    writeFileSync(path('file'), 'x'.repeat(70_000));
    chmodSync(path('file'), 0o4751);
    mkdirSync(path('folder'));
    symlinkSync('file', path('link'));
    sys.mknodat(directory, at('fifo'), S.IFIFO | 0o622, 0);
    for (const name of ['file', 'folder', 'link', 'fifo']) {
      const { result, record, mask } = statOf(directory, at(name), AT.SYMLINK_NOFOLLOW);
      expect(result).toBe(0);
      expect(record).toEqual(expected(lstatSync(path(name), { bigint: true })));
      expect(mask & STATX.BASIC_STATS).toBe(STATX.BASIC_STATS);
    }
  });

  it.skipIf(!isRoot)('writes device numbers beyond 8 bits as the wire has them (needs CAP_MKNOD)', () => {
    const [high, low] = [300, 70_000];
    const device = (low & 0xff) | (high << 8) | ((low & ~0xff) << 12);
    expect(sys.mknodat(directory, at('device'), S.IFBLK | 0o600, device)).toBe(0);
    const { record } = statOf(directory, at('device'), AT.SYMLINK_NOFOLLOW);
    expect(record).toEqual(expected(lstatSync(path('device'), { bigint: true })));
    expect(new DataView(record.buffer).getUint32(76, true)).toBe(device >>> 0);
  });

  it('follows a symlink unless told not to', () => {
    const followed = statOf(directory, at('link'), 0);
    expect(followed.record).toEqual(expected(lstatSync(path('file'), { bigint: true })));
  });

  it('stats the descriptor itself with AT_EMPTY_PATH and address 0', () => {
    const fd = lower.open('link', O.PATH | O.NOFOLLOW);
    const { result, record } = statOf(fd, 0, AT.EMPTY_PATH);
    expect(result).toBe(0);
    expect(record).toEqual(expected(lstatSync(path('link'), { bigint: true })));
    expect(statOf(fd, 0, 0).result).toBe(-ERRNO.EFAULT);
    expect(statOf(fd, -1, AT.EMPTY_PATH).result).toBe(-ERRNO.EFAULT);
  });

  it('writes nothing when it fails', () => {
    const out = scratch.bytes(LOWER_STAT.SIZE);
    scratch.bytesAt(out, LOWER_STAT.SIZE).fill(0xa5);
    expect(sys.stat(directory, at('absent'), 0, out)).toBe(-ERRNO.ENOENT);
    expect(scratch.bytesAt(out, LOWER_STAT.SIZE).every((octet) => octet === 0xa5)).toBe(true);
  });
});

describe('statfs', () => {
  it('writes fuse_kstatfs, for O_PATH descriptors too', () => {
    const fd = lower.open('.', O.PATH);
    const out = scratch.bytes(80);
    scratch.bytesAt(out, 80).fill(0xff);
    expect(sys.statfs(fd, out)).toBe(0);
    const real = statfsSync(lower.path, { bigint: true });
    expect(scratch.u64At(out)).toBe(real.blocks);
    expect(scratch.u64At(out + 8)).toBeGreaterThanOrEqual(scratch.u64At(out + 16));
    expect(scratch.u64At(out + 24)).toBe(real.files);
    expect(scratch.u64At(out + 32)).toBeLessThanOrEqual(real.files);
    expect(BigInt(scratch.u32At(out + 40))).toBe(real.bsize);
    expect(scratch.u32At(out + 44)).toBe(255);
    expect(scratch.u32At(out + 48)).toBeGreaterThan(0);
    expect(scratch.bytesAt(out + 52, 28)).toEqual(new Uint8Array(28));
  });
});

describe('changes through an O_PATH descriptor', () => {
  const held = (name: string): number => {
    writeFileSync(path(name), 'twelve bytes');
    return lower.open(name, O.PATH | O.NOFOLLOW);
  };

  it('set the mode', () => {
    expect(sys.chmodFd(held('mode'), 0o421)).toBe(0);
    expect(lstatSync(path('mode')).mode & 0o7777).toBe(0o421);
    expect(sys.chmodFd(12_345, 0o600)).toBe(-ERRNO.EBADF);
    expect(sys.chmodFd(-1, 0o600)).toBe(-ERRNO.EBADF);
  });

  it.skipIf(!isRoot)('set the owner, of a symlink its own, and leave what is -1 (needs CAP_CHOWN)', () => {
    const fd = held('owner');
    expect(sys.chownFd(fd, 1234, -1)).toBe(0);
    expect(sys.chownFd(fd, 0xffffffff, 4321)).toBe(0);
    expect(lstatSync(path('owner'))).toMatchObject({ uid: 1234, gid: 4321 });
    symlinkSync('owner', path('owner-link'));
    expect(sys.chownFd(lower.open('owner-link', O.PATH | O.NOFOLLOW), 77, 88)).toBe(0);
    expect(lstatSync(path('owner-link'))).toMatchObject({ uid: 77, gid: 88 });
    expect(lstatSync(path('owner'))).toMatchObject({ uid: 1234, gid: 4321 });
    expect(sys.chownFd(AT.FDCWD, 0, 0)).toBe(-ERRNO.EBADF);
  });

  it('set the times, before 1970 too, and leave what is UTIME_OMIT', () => {
    const fd = held('times');
    const times = scratch.bytes(32);
    const set = (...values: bigint[]): number => {
      values.forEach((value, index) =>
        scratch.view.setBigInt64(times - scratch.base + index * 8, value, true),
      );
      return sys.utimesFd(fd, times);
    };
    expect(set(-5n, 123_456_789n, 1_700_000_000n, 1n)).toBe(0);
    expect(lstatSync(path('times'), { bigint: true }).mtimeNs).toBe(1_700_000_000_000_000_001n);
    const { record } = statOf(fd, 0, AT.EMPTY_PATH);
    expect(new DataView(record.buffer).getBigInt64(24, true)).toBe(-5n);
    expect(record).toEqual(expected(lstatSync(path('times'), { bigint: true })));
    expect(set(7n, 0n, 0n, BigInt(UTIME.OMIT))).toBe(0);
    expect(lstatSync(path('times'), { bigint: true })).toMatchObject({
      atimeNs: 7_000_000_000n,
      mtimeNs: 1_700_000_000_000_000_001n,
    });
    expect(set(0n, 10n ** 9n, 0n, 0n)).toBe(-ERRNO.EINVAL);
    expect(sys.utimesFd(AT.FDCWD, times)).toBe(-ERRNO.EBADF);
  });

  it('set the size', () => {
    const fd = held('size');
    expect(sys.truncateFd(fd, scratch.u64(6n))).toBe(0);
    expect(readFileSync(path('size'), 'utf8')).toBe('twelve');
    expect(sys.truncateFd(fd, scratch.u64(-1n))).toBe(-ERRNO.EINVAL);
    expect(sys.ftruncate(fd, scratch.u64(0n))).toBe(-ERRNO.EBADF);
    const open = lower.open('size', O.RDWR);
    expect(sys.ftruncate(open, scratch.u64(5_000_000_000n))).toBe(0);
    expect(lstatSync(path('size')).size).toBe(5_000_000_000);
  });
});
