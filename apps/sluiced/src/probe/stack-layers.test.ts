import { describe, expect, it } from 'vitest';
import { mountAt, parseMounts } from '@sluice/session';
import type { Mount } from '@sluice/session';
import { mountHolding, stackOf } from './stack-layers.ts';
import type { Stack } from './stack-layers.ts';

const MOUNTS = parseMounts(
  [
    '1 0 8:1 / / rw - ext4 /dev/vda rw',
    '2 1 0:40 / /o1 rw - overlay overlay rw,lowerdir=/a:/b\\040c,upperdir=/up,workdir=/work',
    '3 1 0:41 / /o2 rw - overlay overlay rw,lowerdir=/o1/x,upperdir=/up2,workdir=/work2',
    '4 1 0:42 / /host rw - overlay overlay rw,lowerdir=/var/lib/far/1:/var/lib/far/2,upperdir=/var/lib/far/3',
    '5 1 0:43 / /f rw - fuse.sluice photos rw,user_id=0',
    '6 1 0:44 / /of rw - overlay overlay rw,lowerdir=/f/lower,upperdir=/up3,workdir=/work3',
    '7 1 0:45 / /e rw - ecryptfs /crypt rw,ecryptfs_sig=1',
    '8 1 0:46 / /parts rw - overlay overlay rw,lowerdir+=/a,lowerdir+=/o1/y',
    '9 1 0:47 / /colon rw - overlay overlay rw,lowerdir=/odd\\134:name:/a',
    '10 1 0:48 / /blk rw - fuseblk /dev/sdb1 rw',
  ].join('\n'),
);
const exists = (path: string): boolean => !path.startsWith('/var/lib/far');

function stack(point: string): Stack {
  return stackOf(mountAt(MOUNTS, point) as Mount, MOUNTS, exists);
}

describe('the layers of a file system', () => {
  it('are one for a disk, of depth 0', () => {
    expect(stack('/')).toEqual({ layers: ['ext4'], depth: 0 });
    expect(stack('/blk')).toEqual({ layers: ['fuseblk'], depth: 0 });
  });

  it('are followed through overlayfs, which may lie on overlayfs', () => {
    expect(stack('/o1')).toEqual({ layers: ['overlay', 'ext4'], depth: 1 });
    expect(stack('/o2')).toEqual({ layers: ['overlay', 'overlay', 'ext4'], depth: 2 });
    expect(stack('/parts')).toEqual({ layers: ['overlay', 'overlay', 'ext4'], depth: 2 });
  });

  it('are followed through eCryptfs', () => {
    expect(stack('/e')).toEqual({ layers: ['ecryptfs', 'ext4'], depth: 1 });
  });

  it('have no known depth with FUSE among them, or where they are out of sight', () => {
    expect(stack('/f')).toEqual({ layers: ['fuse.sluice'], depth: null });
    expect(stack('/of')).toEqual({ layers: ['overlay', 'fuse.sluice'], depth: null });
    expect(stack('/host')).toEqual({ layers: ['overlay'], depth: null });
  });

  it('are found under names with colons and spaces', () => {
    const asked: string[] = [];
    for (const point of ['/colon', '/o1'])
      stackOf(mountAt(MOUNTS, point) as Mount, MOUNTS, (path) => asked.push(path) > 0);
    expect(asked).toEqual(['/odd:name', '/a', '/a', '/b c', '/up']);
  });

  it('end in a loop of names', () => {
    const loop = parseMounts('1 0 0:1 / / rw - overlay overlay rw,lowerdir=/x');
    const { layers, depth } = stackOf(loop[0] as Mount, loop, () => true);
    expect([layers.length < 16, depth]).toEqual([true, null]);
  });
});

describe('the mount that a path lies on', () => {
  it('is the one with the longest point, the last of several', () => {
    expect(mountHolding(MOUNTS, '/o1/x/y')?.point).toBe('/o1');
    expect(mountHolding(MOUNTS, '/o1')?.point).toBe('/o1');
    expect(mountHolding(MOUNTS, '/o10')?.point).toBe('/');
    const twice = parseMounts('1 0 0:1 / / rw - ext4 a rw\n2 1 0:2 / / rw - xfs b rw');
    expect(mountHolding(twice, '/a')?.type).toBe('xfs');
  });
});
