import { describe, expect, it } from 'vitest';
import { fileSystemType, mountsBeneath } from './mounts.ts';

const MOUNTINFO = `21 1 254:0 / / rw,relatime - ext4 /dev/vda rw
22 21 0:20 / /dev/shm rw shared:3 - tmpfs tmpfs rw
23 22 0:40 / /dev/shm/b/plain rw - fuse sluice rw
24 23 0:41 / /dev/shm/b/plain/in\\040side rw - fuse.x x rw
25 22 0:42 / /dev/shm/bb rw - ext4 /dev/vdb rw
`;

describe('mounts beneath a directory', () => {
  it('come with the deepest first, unescaped, and without a neighbour of a similar name', () => {
    expect(mountsBeneath('/dev/shm/b', MOUNTINFO)).toEqual(['/dev/shm/b/plain/in side', '/dev/shm/b/plain']);
  });

  it('are none where none are', () => {
    expect(mountsBeneath('/dev/shm/b/plai', MOUNTINFO)).toEqual([]);
  });
});

describe('the file system of a path', () => {
  it.each([
    ['/dev/shm/b', 'tmpfs'],
    ['/dev/shm', 'tmpfs'],
    ['/dev', 'ext4'],
    ['/dev/shm/b/plain/x', 'fuse'],
  ])('%s is %s', (path, type) => {
    expect(fileSystemType(path, MOUNTINFO)).toBe(type);
  });
});
