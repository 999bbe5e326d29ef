import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { O, XATTR } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';

const lower = lowerDirectory();
const { scratch, at } = lower;
const value = new TextEncoder().encode('a value');

describe('extended attributes through an O_PATH descriptor', () => {
  it('are set, listed, read and removed', (context) => {
    writeFileSync(join(lower.path, 'file'), '');
    const fd = lower.open('file', O.PATH | O.NOFOLLOW);
    const set = (flags: number): number =>
      sys.setxattr(fd, at('user.sluice'), scratch.data(value), value.length, flags);
    const first = set(XATTR.CREATE);
    if (first === -ERRNO.EOPNOTSUPP) context.skip('the file system has no user attributes');
    expect(first).toBe(0);
    expect(set(XATTR.CREATE)).toBe(-ERRNO.EEXIST);
    expect(set(XATTR.REPLACE)).toBe(0);

    const out = scratch.bytes(256);
    const listed = sys.listxattr(fd, out, 256);
    expect(scratch.textAt(out, listed).split('\0')).toContain('user.sluice');
    expect(sys.listxattr(fd, 0, 0)).toBe(listed);

    expect(sys.getxattr(fd, at('user.sluice'), 0, 0)).toBe(value.length);
    expect(sys.getxattr(fd, at('user.sluice'), out, 3)).toBe(-ERRNO.ERANGE);
    expect(sys.getxattr(fd, at('user.sluice'), out, 256)).toBe(value.length);
    expect(scratch.textAt(out, value.length)).toBe('a value');

    expect(sys.removexattr(fd, at('user.sluice'))).toBe(0);
    expect(sys.getxattr(fd, at('user.sluice'), out, 256)).toBe(-ERRNO.ENODATA);
  });

  it.skipIf(!isRoot)('belong to a symlink itself (needs CAP_SYS_ADMIN)', (context) => {
    symlinkSync('file', join(lower.path, 'link'));
    const link = lower.open('link', O.PATH | O.NOFOLLOW);
    const result = sys.setxattr(link, at('trusted.sluice'), scratch.data(value), value.length, 0);
    if (result === -ERRNO.EOPNOTSUPP) context.skip('the file system has no trusted attributes on symlinks');
    expect(result).toBe(0);
    expect(sys.getxattr(link, at('trusted.sluice'), 0, 0)).toBe(value.length);
    const file = lower.open('file', O.PATH | O.NOFOLLOW);
    expect(sys.getxattr(file, at('trusted.sluice'), 0, 0)).toBe(-ERRNO.ENODATA);
  });

  it('of a descriptor that is not open are -EBADF', () => {
    for (const fd of [12_345, -1]) {
      expect(sys.getxattr(fd, at('user.x'), 0, 0)).toBe(-ERRNO.EBADF);
      expect(sys.setxattr(fd, at('user.x'), 0, 0, 0)).toBe(-ERRNO.EBADF);
      expect(sys.listxattr(fd, 0, 0)).toBe(-ERRNO.EBADF);
      expect(sys.removexattr(fd, at('user.x'))).toBe(-ERRNO.EBADF);
    }
  });
});
