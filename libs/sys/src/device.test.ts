import { accessSync, constants, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MNT, O, POLL, S } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';
import { EXCHANGE_REPLY_FAILED } from './native.ts';
import { inThread } from './thread.fixture.ts';

const lower = lowerDirectory();
const { scratch } = lower;
const hasFuse = opens('/dev/fuse');

function opens(path: string): boolean {
  try {
    accessSync(path, constants.R_OK | constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

/** Both ends of a pipe in one descriptor: what is written is what is read next. */
function fifo(name: string): number {
  expect(sys.mknodat(lower.directory, lower.at(name), S.IFIFO | 0o600, 0)).toBe(0);
  return lower.open(name, O.RDWR | O.NONBLOCK);
}

describe('exchange', () => {
  it('writes the reply, then reads the next request', () => {
    const fd = fifo('exchange');
    const request = scratch.bytes(64);
    expect(sys.exchange(fd, lower.at('a reply'), 7, request, 64)).toBe(7);
    expect(scratch.textAt(request, 7)).toBe('a reply');
  });

  it('without a reply only reads, and gives the errno of the read', () => {
    const fd = fifo('silent');
    const request = scratch.bytes(64);
    expect(sys.exchange(fd, 0, 0, request, 64)).toBe(-ERRNO.EAGAIN);
    sys.write(fd, lower.at('xyz'), 3);
    expect(sys.exchange(fd, 0, 0, request, 64)).toBe(3);
  });

  it('tells a failed reply from a failed read, and then reads nothing', () => {
    const fd = fifo('reader');
    sys.write(fd, lower.at('kept'), 4);
    const readEnd = lower.open('reader', O.RDONLY | O.NONBLOCK);
    const request = scratch.bytes(64);
    expect(sys.exchange(readEnd, lower.at('x'), 1, request, 64)).toBe(-(EXCHANGE_REPLY_FAILED + ERRNO.EBADF));
    expect(sys.read(fd, request, 64)).toBe(4);
  });

  it('says nothing was sent when an address is wrong', () => {
    const fd = fifo('untouched');
    const request = scratch.bytes(64);
    expect(sys.exchange(fd, lower.at('x'), 1, request, scratch.size + 1)).toBe(-ERRNO.EFAULT);
    expect(sys.read(fd, request, 64)).toBe(-ERRNO.EAGAIN);
  });

  it.skipIf(!hasFuse)('is refused by a FUSE device that is not mounted (needs /dev/fuse)', () => {
    const fd = sys.openPath('/dev/fuse', O.RDWR, 0);
    const request = scratch.bytes(8192);
    expect(sys.exchange(fd, 0, 0, request, 8192)).toBe(-ERRNO.EPERM);
    expect(sys.exchange(fd, request, 16, request, 8192)).toBe(-(EXCHANGE_REPLY_FAILED + ERRNO.EPERM));
    sys.close(fd);
  });

  it.skipIf(!isRoot || !hasFuse)(
    'reads INIT from a mounted FUSE device and clones it (needs CAP_SYS_ADMIN)',
    async () => {
      mkdirSync(join(lower.path, 'mountpoint'));
      const source = `
      const results = [sys.unshare(0x20000), sys.mount('none', '/', '', 0x44000, '')];
      const fd = sys.openPath('/dev/fuse', 2, 0);
      const options = 'fd=' + fd + ',rootmode=40000,user_id=0,group_id=0';
      results.push(sys.mount('sluice-test', input, 'fuse', 0x6, options));
      const base = sys.arenaAllocate(16384);
      const bytes = sys.exchange(fd, 0, 0, base, 16384);
      const words = new Uint32Array(sys.arenaBuffer(base));
      results.push(bytes === words[0], words[1]);
      const second = sys.openPath('/dev/fuse', 2, 0);
      words[0] = fd;
      results.push(sys.ioctl(second, 0x8004e500, base), sys.close(second));
      results.push(sys.umount2(input, ${MNT.DETACH}), sys.close(fd));
      done(results);
    `;
      const opcodeInit = 26;
      expect(await inThread(source, join(lower.path, 'mountpoint'))).toEqual([
        0,
        0,
        0,
        true,
        opcodeInit,
        0,
        0,
        0,
        0,
      ]);
    },
  );
});

describe('poll', () => {
  it('waits for the events asked for and says which came', () => {
    const fd = fifo('polled');
    expect(sys.poll(fd, POLL.IN, 0)).toBe(0);
    const before = performance.now();
    expect(sys.poll(fd, POLL.IN, 40)).toBe(0);
    expect(performance.now() - before).toBeGreaterThanOrEqual(39);
    sys.write(fd, lower.at('x'), 1);
    expect(sys.poll(fd, POLL.IN | POLL.OUT, -1)).toBe(POLL.IN | POLL.OUT);
  });

  it('refuses a negative descriptor instead of waiting for ever', () => {
    expect(sys.poll(-1, POLL.IN, -1)).toBe(-ERRNO.EBADF);
  });
});

describe('ioctl', () => {
  const FS_IOC_GETFLAGS = 0x80086601;
  const FUSE_DEV_IOC_CLONE = 0x8004e500;

  it('reads the flags of an inode', (context) => {
    const fd = lower.open('flags', O.RDWR | O.CREAT);
    const at = scratch.bytes(8);
    scratch.bytesAt(at, 8).fill(0xff);
    const result = sys.ioctl(fd, FS_IOC_GETFLAGS, at);
    if (result === -ERRNO.ENOTTY) context.skip('the file system has no inode flags');
    expect(result).toBe(0);
    expect(scratch.u32At(at)).not.toBe(0xffffffff);
    // Bit operators make the number negative; it is the same request.
    expect(sys.ioctl(fd, FS_IOC_GETFLAGS | 0, at)).toBe(0);
  });

  it('is refused for requests that are not on the list', () => {
    const [TCGETS, FIONREAD, FIFREEZE] = [0x5401, 0x541b, 0xc0045877];
    for (const request of [TCGETS, FIONREAD, FIFREEZE, 0]) {
      expect(sys.ioctl(lower.directory, request, scratch.bytes(8))).toBe(-ERRNO.EPERM);
    }
  });

  it('reaches the kernel for the requests of the FUSE device', () => {
    expect(sys.ioctl(lower.directory, FUSE_DEV_IOC_CLONE, scratch.bytes(4))).toBe(-ERRNO.ENOTTY);
  });

  it('needs the whole argument inside the arena', () => {
    const end = scratch.base + scratch.size;
    expect(sys.ioctl(lower.directory, FUSE_DEV_IOC_CLONE, end - 4)).toBe(-ERRNO.ENOTTY);
    expect(sys.ioctl(lower.directory, FUSE_DEV_IOC_CLONE, end - 3)).toBe(-ERRNO.EFAULT);
    const writeOnly = 0x4004e57e;
    expect(sys.ioctl(lower.directory, writeOnly, end - 4)).toBe(-ERRNO.ENOTTY);
    expect(sys.ioctl(lower.directory, writeOnly, end - 3)).toBe(-ERRNO.EFAULT);
    const tooLarge = 0x8101e500;
    expect(sys.ioctl(lower.directory, tooLarge, scratch.base)).toBe(-ERRNO.EINVAL);
  });
});
