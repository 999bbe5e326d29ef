import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { MNT, MS, O } from './constants.ts';
import { ERRNO } from './errno.ts';
import { sys } from './load.ts';
import { isRoot, lowerDirectory } from './lower-directory.fixture.ts';
import { inThread } from './thread.fixture.ts';

const lower = lowerDirectory();

describe('mounting', () => {
  it.skipIf(!isRoot)(
    'in a thread of its own namespace is seen there alone (needs CAP_SYS_ADMIN)',
    async () => {
      const point = join(lower.path, 'point');
      mkdirSync(point);
      const source = `
      const { O, MS, MNT, point } = input;
      const results = [sys.unshare(0x20000), sys.mount('none', '/', '', MS.REC | MS.PRIVATE, '')];
      results.push(sys.mount('test', point, 'tmpfs', MS.NODEV | MS.NOSUID, 'size=64k,mode=700'));
      const fd = sys.openPath(point + '/inside', O.RDWR | O.CREAT, 0o600);
      results.push(fd > 2, sys.umount2(point, 0), sys.close(fd), sys.umount2(point, 0));
      results.push(sys.openPath(point + '/inside', O.RDWR, 0));
      done(results);
    `;
      const results = await inThread(source, { O, MS, MNT, point });
      expect(results).toEqual([0, 0, 0, true, -ERRNO.EBUSY, 0, 0, -ERRNO.ENOENT]);
      expect(existsSync(join(point, 'inside'))).toBe(false);
    },
  );

  it('says what is wrong with its arguments', () => {
    const absent = join(lower.path, 'absent');
    const reasons = isRoot ? [-ERRNO.ENOENT] : [-ERRNO.ENOENT, -ERRNO.EPERM];
    expect(reasons).toContain(sys.mount('x', absent, 'tmpfs', 0, ''));
    expect(reasons).toContain(sys.umount2(absent, 0));
    expect(sys.mount('x', absent, 'tmpfs', 0, 'a\0b')).toBe(-ERRNO.EINVAL);
    expect(sys.mount('x', absent, 't'.repeat(256), 0, '')).toBe(-ERRNO.ENAMETOOLONG);
    expect(sys.mount('x', absent, 'tmpfs', 0, 'y'.repeat(4096))).toBe(-ERRNO.ENAMETOOLONG);
    expect(sys.umount2('x'.repeat(4096), 0)).toBe(-ERRNO.ENAMETOOLONG);
  });
});

describe('openPath', () => {
  it('opens a path of JavaScript, whatever its script', () => {
    const path = join(lower.path, 'Fotos – 写真');
    const fd = sys.openPath(path, O.RDWR | O.CREAT | O.EXCL, 0o600);
    expect(fd).toBeGreaterThan(2);
    expect(existsSync(path)).toBe(true);
    expect(sys.close(fd)).toBe(0);
    expect(sys.openPath(path, O.RDWR | O.CREAT | O.EXCL, 0o600)).toBe(-ERRNO.EEXIST);
    expect(sys.openPath(`${path}\0`, O.RDONLY, 0)).toBe(-ERRNO.EINVAL);
    expect(sys.openPath('/'.repeat(4096), O.RDONLY, 0)).toBe(-ERRNO.ENAMETOOLONG);
  });
});
