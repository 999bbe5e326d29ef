import { describe, expect, it } from 'vitest';
import { mountAt, parseMounts } from '@sluice/session';
import { bindFlags, boundTrees, leftOverTrees, lowerRoot } from './tree-mounts.ts';

const MOUNTINFO = `22 1 8:1 / / rw,relatime - ext4 /dev/sda1 rw
30 22 8:2 /users /data rw,nosuid,noexec,relatime shared:1 master:2 - f2fs /dev/sda2 rw
40 22 0:55 / /mnt/photos rw,relatime shared:1 - fuse.sluice photos rw
41 40 8:2 /users/media/0/Android/data /mnt/photos/Android/data rw - f2fs /dev/sda2 rw
42 40 8:2 /users/media/0/moved /mnt/photos/with\\040blank rw - f2fs /dev/sda2 rw
43 40 8:2 /users/other /mnt/photos/other rw - f2fs /dev/sda2 rw
44 40 0:60 / /mnt/photos/tmp rw - tmpfs tmpfs rw
45 22 8:2 /users/media/0/a/b /mnt/old/a/b rw - f2fs /dev/sda2 rw
46 45 8:2 /users/media/0/a/b/c /mnt/old/a/b/c rw - f2fs /dev/sda2 rw
47 22 8:2 /users/media/0/x /mnt/old/y rw - f2fs /dev/sda2 rw
48 22 8:2 /users/media/0/a/b /mnt/oldest/a/b rw - f2fs /dev/sda2 rw
nonsense

50 40 8:2 /users/media/0/gone//deleted /mnt/photos/gone rw - f2fs /dev/sda2 rw
`;
const mounts = parseMounts(MOUNTINFO);
const source = lowerRoot(mounts, 30, '/data/media/0', false);
if (source === undefined) throw new Error('no source');

describe('the mount table', () => {
  it('is read line by line, with blanks in paths and any number of optional fields', () => {
    expect(mounts).toHaveLength(12);
    expect(mounts[1]).toEqual({
      id: 30,
      parent: 22,
      device: '8:2',
      root: '/users',
      point: '/data',
      options: ['rw', 'nosuid', 'noexec', 'relatime'],
      type: 'f2fs',
      source: '/dev/sda2',
      superOptions: ['rw'],
    });
    expect(mounts.map(({ point }) => point)).toContain('/mnt/photos/with blank');
    expect(parseMounts('')).toEqual([]);
  });

  it('has the last of several mounts on one point on top', () => {
    const stacked = parseMounts(`${MOUNTINFO}51 40 0:61 / /mnt/photos rw - tmpfs t rw\n`);
    expect(mountAt(stacked, '/mnt/photos')).toMatchObject({ id: 51, type: 'tmpfs' });
    expect(mountAt(mounts, '/nowhere')).toBeUndefined();
  });
});

describe('the source of a volume', () => {
  it('lies where its mount shows it', () => {
    expect(source).toMatchObject({ device: '8:2', root: '/users/media/0' });
    expect(lowerRoot(mounts, 22, '/srv/x', false)).toMatchObject({ device: '8:1', root: '/srv/x' });
    expect(lowerRoot(mounts, 22, '/', false)).toMatchObject({ device: '8:1', root: '' });
    expect(lowerRoot(mounts, 30, '/data', false)).toMatchObject({ root: '/users' });
    expect(lowerRoot(mounts, 99, '/data', false)).toBeUndefined();
  });
});

describe('trees that are bound', () => {
  it('are mounts on the volume that show a part of its source, matching if it is the same path', () => {
    expect(boundTrees(mounts, '/mnt/photos', source)).toEqual([
      { path: 'Android/data', matches: true },
      { path: 'with blank', matches: false },
      { path: 'gone', matches: false },
    ]);
  });

  it('are none where no volume is mounted, or something else on top of it', () => {
    expect(boundTrees(mounts, '/mnt/old', source)).toEqual([]);
    const covered = parseMounts(`${MOUNTINFO}51 40 0:61 / /mnt/photos rw - tmpfs t rw\n`);
    expect(boundTrees(covered, '/mnt/photos', source)).toEqual([]);
  });

  it('may be shown in another case where names have none', () => {
    const shown = parseMounts(MOUNTINFO.replace('/mnt/photos/Android', '/mnt/photos/ANDROID'));
    expect(boundTrees(shown, '/mnt/photos', source)[0]).toEqual({ path: 'ANDROID/data', matches: false });
    const folded = { ...source, foldNames: true };
    expect(boundTrees(shown, '/mnt/photos', folded)[0]).toEqual({ path: 'ANDROID/data', matches: true });
  });
});

describe('what a daemon that died has left', () => {
  it('are mounts beneath the mount point that show the source under the same path, the deepest first', () => {
    expect(leftOverTrees(mounts, '/mnt/old', source).map(({ path }) => path)).toEqual(['a/b/c', 'a/b']);
    expect(leftOverTrees(mounts, '/mnt/ol', source)).toEqual([]);
    expect(leftOverTrees(mounts, '/mnt/old', { ...source, device: '8:1' })).toEqual([]);
  });
});

describe('the flags of a bind', () => {
  const flags = { RDONLY: 1, NOSUID: 2, NODEV: 4, NOEXEC: 8 };
  it.each([
    ['nothing where the lower mount has them', ['rw', 'nosuid', 'nodev'], false, false, 0],
    ['what is missing', ['rw'], false, false, 6],
    ['what the lower mount has besides', ['ro', 'noexec', 'nosuid'], false, false, 15],
    ['nothing where the volume has neither', ['ro'], true, true, 0],
    ['one of the two', ['rw'], true, false, 4],
    ['the other, and that of the lower mount', ['rw', 'nodev'], false, true, 6],
  ])('are %s', (_, options, suid, dev, expected) => {
    expect(bindFlags(options, suid, dev, flags)).toBe(expected);
  });
});
