import { closeSync, openSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { F, FLOCK, LOCK, O } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { lowerDirectory } from './lower-directory.fixture.ts';

const lower = lowerDirectory();
const { scratch } = lower;

describe('flock', () => {
  it('excludes another open file of the same inode', () => {
    const one = lower.open('locked', O.RDWR | O.CREAT);
    const two = lower.open('locked', O.RDWR);
    expect(sys.flock(one, LOCK.EX)).toBe(0);
    expect(sys.flock(two, LOCK.EX | LOCK.NB)).toBe(-ERRNO.EAGAIN);
    expect(sys.flock(one, LOCK.UN)).toBe(0);
    expect(sys.flock(two, LOCK.SH | LOCK.NB)).toBe(0);
  });
});

describe('range locks', () => {
  const at = scratch.bytes(FLOCK.SIZE);
  const flock = scratch.bytesAt(at, FLOCK.SIZE);
  const view = new DataView(flock.buffer, flock.byteOffset, FLOCK.SIZE);
  const describeRange = (type: number, start: bigint, length: bigint): void => {
    flock.fill(0);
    view.setInt16(FLOCK.type, type, true);
    view.setBigInt64(FLOCK.start, start, true);
    view.setBigInt64(FLOCK.length, length, true);
  };

  it('belong to the open file, and say who stands in the way', () => {
    const path = join(lower.path, 'ranges');
    writeFileSync(path, '');
    const [one, two] = [openSync(path, 'r+'), openSync(path, 'r+')];
    describeRange(F.WRLCK, 10n, 5n);
    expect(sys.lockRange(one, F.OFD_SETLK, at)).toBe(0);
    expect(sys.lockRange(one, F.OFD_SETLK, at)).toBe(0);
    describeRange(F.RDLCK, 0n, 0n);
    expect(sys.lockRange(two, F.OFD_SETLK, at)).toBe(-ERRNO.EAGAIN);
    expect(sys.lockRange(two, F.OFD_GETLK, at)).toBe(0);
    expect(view.getInt16(FLOCK.type, true)).toBe(F.WRLCK);
    expect([view.getBigInt64(FLOCK.start, true), view.getBigInt64(FLOCK.length, true)]).toEqual([10n, 5n]);
    expect(view.getInt32(FLOCK.pid, true)).toBe(-1);
    closeSync(one);
    describeRange(F.RDLCK, 0n, 0n);
    expect(sys.lockRange(two, F.OFD_SETLK, at)).toBe(0);
    closeSync(two);
  });

  it('are taken in no other way: waiting would hold up a worker', () => {
    const fd = openSync(join(lower.path, 'ways'), 'w+');
    describeRange(F.RDLCK, 0n, 0n);
    const ways = { F_GETLK: 5, F_SETLK: 6, F_SETLKW: 7, F_OFD_SETLKW: 38, F_SETFD: 2 };
    for (const command of Object.values(ways)) expect(sys.lockRange(fd, command, at)).toBe(-ERRNO.EINVAL);
    expect(sys.lockRange(fd, F.OFD_SETLK, scratch.base + scratch.view.byteLength - 31)).toBe(-ERRNO.EFAULT);
    closeSync(fd);
  });
});
