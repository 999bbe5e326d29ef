import {
  existsSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { AT, DT, O, RENAME, RESOLVE, S } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';

const lower = lowerDirectory();
const { directory, scratch, at } = lower;
const path = (name: string): string => join(lower.path, name);

describe('openat', () => {
  it('creates with the mode asked for, and closes on exec', () => {
    const fd = lower.open('created', O.RDWR | O.CREAT | O.EXCL, 0o640);
    expect(fd).toBeGreaterThan(2);
    expect(statSync(path('created')).mode).toBe(S.IFREG | (0o640 & ~process.umask()));
    expect(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8')).toMatch(/flags:\t0*2\d{6}\n/);
    expect(lower.open('created', O.RDWR | O.CREAT | O.EXCL)).toBe(-ERRNO.EEXIST);
    expect(lower.open('absent', O.RDWR)).toBe(-ERRNO.ENOENT);
  });

  it('knows the open flags of this CPU', () => {
    symlinkSync('created', path('to-created'));
    expect(lower.open('to-created', O.RDONLY | O.NOFOLLOW)).toBe(-ERRNO.ELOOP);
    expect(lower.open('created', O.RDONLY | O.DIRECTORY)).toBe(-ERRNO.ENOTDIR);
  });
});

describe('openat2', () => {
  it('stays beneath the directory and follows no symlink when told so', (context) => {
    writeFileSync(path('plain'), '');
    symlinkSync('plain', path('link'));
    const open = (name: string, resolve: number): number =>
      sys.openat2(directory, at(name), O.RDONLY, 0, resolve);
    const fd = open('plain', RESOLVE.BENEATH | RESOLVE.NO_SYMLINKS);
    if (fd === -ERRNO.ENOSYS) context.skip('openat2 needs Linux 5.6');
    expect(fd).toBeGreaterThan(2);
    expect(sys.close(fd)).toBe(0);
    expect(open('link', RESOLVE.NO_SYMLINKS)).toBe(-ERRNO.ELOOP);
    expect(open('../x', RESOLVE.BENEATH)).toBe(-ERRNO.EXDEV);
    expect(sys.openat2(directory, at('plain'), O.RDONLY, 0o600, 0)).toBe(-ERRNO.EINVAL);
  });
});

describe('close', () => {
  it('closes once', () => {
    const fd = sys.openat(directory, at('.'), O.PATH, 0);
    expect(sys.close(fd)).toBe(0);
    expect(sys.close(fd)).toBe(-ERRNO.EBADF);
  });
});

describe('making and removing names', () => {
  it('makes a directory and removes it as one', () => {
    expect(sys.mkdirat(directory, at('folder'), 0o750)).toBe(0);
    expect(statSync(path('folder')).mode).toBe(S.IFDIR | (0o750 & ~process.umask()));
    expect(sys.unlinkat(directory, at('folder'), 0)).toBe(-ERRNO.EISDIR);
    expect(sys.unlinkat(directory, at('folder'), AT.REMOVEDIR)).toBe(0);
    expect(existsSync(path('folder'))).toBe(false);
  });

  it.skipIf(!isRoot)('makes a device node with the number of the wire (needs CAP_MKNOD)', () => {
    const [major, minor] = [5, 300];
    const device = (minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12);
    expect(sys.mknodat(directory, at('device'), S.IFCHR | 0o600, device)).toBe(0);
    // dev_t of the C libraries: the low 8 bits of the minor number, then 12 of the major one.
    expect(statSync(path('device')).rdev).toBe((minor & 0xff) | (major << 8) | ((minor & ~0xff) << 12));
    expect(statSync(path('device')).isCharacterDevice()).toBe(true);
    expect(sys.unlinkat(directory, at('device'), 0)).toBe(0);
  });

  it('links, links symbolically and reads the target back', () => {
    writeFileSync(path('original'), 'x');
    expect(sys.linkat(directory, at('original'), directory, at('second'), 0)).toBe(0);
    expect(statSync(path('second')).ino).toBe(statSync(path('original')).ino);
    expect(sys.symlinkat(at('target/é'), directory, at('symbolic'))).toBe(0);
    expect(readlinkSync(path('symbolic'))).toBe('target/é');
    const out = scratch.bytes(64);
    expect(sys.readlinkat(directory, at('symbolic'), out, 64)).toBe(9);
    expect(scratch.textAt(out, 9)).toBe('target/é');
    expect(sys.readlinkat(directory, at('symbolic'), out, 3)).toBe(3);
    expect(sys.readlinkat(directory, at('original'), out, 64)).toBe(-ERRNO.EINVAL);
  });

  it('reads the target of a symlink held by an O_PATH descriptor', () => {
    symlinkSync('elsewhere', path('held'));
    const fd = lower.open('held', O.PATH | O.NOFOLLOW);
    const out = scratch.bytes(64);
    expect(sys.readlinkat(fd, at(''), out, 64)).toBe(9);
    expect(scratch.textAt(out, 9)).toBe('elsewhere');
  });
});

describe('renameat2', () => {
  it('moves, refuses to replace and exchanges', () => {
    writeFileSync(path('a'), 'a');
    writeFileSync(path('b'), 'b');
    const rename = (from: string, to: string, flags: number): number =>
      sys.renameat2(directory, at(from), directory, at(to), flags);
    expect(rename('a', 'b', RENAME.NOREPLACE)).toBe(-ERRNO.EEXIST);
    expect(rename('a', 'b', RENAME.EXCHANGE)).toBe(0);
    expect(readFileSync(path('a'), 'utf8')).toBe('b');
    expect(rename('a', 'c', 0)).toBe(0);
    expect(existsSync(path('a'))).toBe(false);
    expect(lstatSync(path('c')).size).toBe(1);
  });
});

describe('getdents64', () => {
  it('lists names with their types', () => {
    expect(sys.mkdirat(directory, at('listed'), 0o700)).toBe(0);
    writeFileSync(path('listed/file'), '');
    symlinkSync('file', path('listed/link'));
    const fd = lower.open('listed', O.RDONLY | O.DIRECTORY);
    const out = scratch.bytes(4096);
    const bytes = sys.getdents64(fd, out, 4096);
    const found = new Map<string, number>();
    for (let entry = out; entry < out + bytes;) {
      const length = scratch.view.getUint16(entry - scratch.base + 16, true);
      const name = scratch.textAt(entry + 19, length - 19);
      found.set(name.slice(0, name.indexOf('\0')), scratch.octets[entry - scratch.base + 18] ?? -1);
      entry += length;
    }
    expect(Object.fromEntries(found)).toEqual({ '.': DT.DIR, '..': DT.DIR, file: DT.REG, link: DT.LNK });
    expect(sys.getdents64(fd, out, 4096)).toBe(0);
  });
});
