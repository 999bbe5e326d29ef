import {
  chownSync,
  mkdirSync,
  readFileSync,
  renameSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT, O } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';
import { inThread } from './thread.fixture.ts';

const lower = lowerDirectory();
const { directory, scratch, at } = lower;
const path = (name: string): string => join(lower.path, name);

describe('reopen', () => {
  it('opens what an O_PATH descriptor refers to, wherever it was moved', () => {
    writeFileSync(path('before'), 'content');
    const held = lower.open('before', O.PATH | O.NOFOLLOW);
    renameSync(path('before'), path('after'));
    const fd = sys.reopen(held, O.RDONLY);
    expect(readFileSync(fd, 'utf8')).toBe('content');
    expect(sys.close(fd)).toBe(0);
  });

  it('refuses symlinks and descriptors that are not open', () => {
    symlinkSync('after', path('link'));
    expect(sys.reopen(lower.open('link', O.PATH | O.NOFOLLOW), O.RDONLY)).toBe(-ERRNO.ELOOP);
    expect(sys.reopen(12_345, O.RDONLY)).toBe(-ERRNO.EBADF);
    expect(sys.reopen(-1, O.RDONLY)).toBe(-ERRNO.EBADF);
  });
});

describe('linkFd', () => {
  it('gives a name to a held file and to one that never had a name', (context) => {
    writeFileSync(path('named'), '');
    expect(sys.linkFd(lower.open('named', O.PATH | O.NOFOLLOW), directory, at('linked'))).toBe(0);
    expect(statSync(path('linked')).ino).toBe(statSync(path('named')).ino);
    const nameless = lower.open('.', O.RDWR | O.TMPFILE, 0o600);
    if (nameless === -ERRNO.EOPNOTSUPP) context.skip('the file system has no O_TMPFILE');
    expect(sys.linkFd(nameless, directory, at('nameless'))).toBe(0);
    expect(statSync(path('nameless')).nlink).toBe(1);
    expect(sys.linkFd(nameless, directory, at('nameless'))).toBe(-ERRNO.EEXIST);
    expect(sys.linkFd(-1, directory, at('x'))).toBe(-ERRNO.EBADF);
  });

  it.skipIf(!isRoot)('goes through /proc where the empty path is refused (needs CAP_SETUID)', async () => {
    const nobody = 65_534;
    mkdirSync(path('theirs'));
    writeFileSync(path('theirs/open'), '');
    for (const name of ['theirs', 'theirs/open']) chownSync(path(name), nobody, nobody);
    const source = `
      const base = sys.arenaAllocate(64);
      const octets = new Uint8Array(sys.arenaBuffer(base));
      octets.set(Buffer.from('by-proc'));
      sys.setfsuid(${nobody});
      done(sys.linkFd(input.held, input.directory, base));
    `;
    const held = lower.open('theirs/open', O.PATH | O.NOFOLLOW);
    expect(await inThread(source, { held, directory: lower.open('theirs', O.PATH) })).toBe(0);
    expect(statSync(path('theirs/by-proc')).nlink).toBe(2);
  });
});

describe('file handles', () => {
  const handleAt = (capacity: number, name: number, flags: number): { result: number; handle: number } => {
    const handle = scratch.bytes(8 + capacity);
    return { result: sys.nameToHandle(directory, name, handle, capacity, flags), handle };
  };

  it('say the size they need, then survive a rename', (context) => {
    writeFileSync(path('handled'), 'by handle');
    const small = handleAt(0, at('handled'), 0);
    if (small.result === -ERRNO.EOPNOTSUPP) context.skip('the file system has no file handles');
    expect(small.result).toBe(-ERRNO.EOVERFLOW);
    const size = scratch.u32At(small.handle);
    expect(size).toBeGreaterThan(0);
    const { result, handle } = handleAt(size, at('handled'), 0);
    expect(result).toBe(0);
    expect(scratch.u32At(handle)).toBe(size);
    renameSync(path('handled'), path('handled-later'));
    const fd = sys.openByHandle(directory, handle, O.RDONLY);
    if (fd === -ERRNO.EPERM) context.skip('opening by handle needs CAP_DAC_READ_SEARCH');
    expect(readFileSync(fd, 'utf8')).toBe('by handle');
    sys.close(fd);
  });

  it('of a descriptor itself are those of its name', (context) => {
    const own = handleAt(128, 0, AT.EMPTY_PATH);
    if (own.result === -ERRNO.EOPNOTSUPP) context.skip('the file system has no file handles');
    const named = handleAt(128, at('.'), 0);
    expect([own.result, named.result]).toEqual([0, 0]);
    expect(scratch.bytesAt(own.handle, 136)).toEqual(scratch.bytesAt(named.handle, 136));
  });

  it('never move bytes beyond their capacity or the arena', () => {
    const end = scratch.base + scratch.size;
    expect(sys.nameToHandle(directory, at('.'), end - 8, 1, 0)).toBe(-ERRNO.EFAULT);
    expect(sys.nameToHandle(directory, at('.'), scratch.bytes(200), 129, 0)).toBe(-ERRNO.EINVAL);
    const handle = end - 16;
    scratch.view.setUint32(handle - scratch.base, 9, true);
    expect(sys.openByHandle(directory, handle, O.RDONLY)).toBe(-ERRNO.EFAULT);
    scratch.view.setUint32(handle - scratch.base, 129, true);
    expect(sys.openByHandle(directory, handle, O.RDONLY)).toBe(-ERRNO.EINVAL);
  });
});
