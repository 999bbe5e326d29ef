import { describe, expect, it } from 'vitest';
import { abortConnection, connectionIn, connectionOf, isMountPoint, mountData } from './mount.ts';

/** A line of proc(5)'s mountinfo; spaces and the like in `point` already escaped. */
function line(point: string, type: string, device = '0:57', optional = ''): string {
  return `631 29 ${device} / ${point} rw,nosuid,nodev,relatime ${optional}- ${type} sluice rw,user_id=0,group_id=0`;
}

describe('mount options', () => {
  const options = { name: 'v', mountPoint: '/m', allowOther: false, defaultPermissions: false };

  it('name the device, the root’s type and the largest read', () => {
    expect(mountData(7, options)).toBe('fd=7,rootmode=40000,user_id=0,group_id=0,max_read=1048576');
  });

  it('let others in and the kernel check modes only where that is asked for', () => {
    expect(mountData(7, { ...options, allowOther: true, defaultPermissions: true })).toBe(
      'fd=7,rootmode=40000,user_id=0,group_id=0,default_permissions,allow_other,max_read=1048576',
    );
  });
});

describe('the connection behind a mount point', () => {
  it('is the minor number of its device', () => {
    const text = [line('/', 'ext4', '254:0'), line('/mnt/v', 'fuse.sluice', '0:57'), ''].join('\n');
    expect(connectionIn(text, '/mnt/v')).toBe(57);
  });

  it('is found behind any number of optional fields', () => {
    const text = line('/mnt/v', 'fuse.sluice', '0:8', 'shared:7 master:3 propagate_from:2 ');
    expect(connectionIn(text, '/mnt/v')).toBe(8);
  });

  it.each([
    ['/mnt/a b', '/mnt/a\\040b'],
    ['/mnt/tab\there', '/mnt/tab\\011here'],
    ['/mnt/new\nline', '/mnt/new\\012line'],
    ['/mnt/back\\slash', '/mnt/back\\134slash'],
    ['/mnt/\\040', '/mnt/\\134040'],
    ['/mnt/Bücher', '/mnt/Bücher'],
    ['/mnt/ - x', '/mnt/\\040-\\040x'],
  ])('is found for %j', (path, escaped) => {
    expect(connectionIn(line(escaped, 'fuse.sluice'), path)).toBe(57);
  });

  it('is that of the topmost mount where mounts stack', () => {
    const text = [line('/m', 'fuse.sluice', '0:5'), line('/m', 'fuse.sluice', '0:6')].join('\n');
    expect(connectionIn(text, '/m')).toBe(6);
  });

  it('is not given for another file system, also not for one on top of ours', () => {
    expect(connectionIn(line('/m', 'fuse.sshfs'), '/m')).toBeUndefined();
    const covered = [line('/m', 'fuse.sluice'), line('/m', 'tmpfs')].join('\n');
    expect(connectionIn(covered, '/m')).toBeUndefined();
  });

  it('is not given for a path above, beneath or beside a mount point', () => {
    const text = line('/mnt/v', 'fuse.sluice');
    for (const path of ['/mnt', '/mnt/v/x', '/mnt/v2', '']) expect(connectionIn(text, path)).toBeUndefined();
  });

  it('survives lines that are no lines of mountinfo', () => {
    for (const text of ['', '\n\n', 'a b', '1 2 3 / /m', '1 2 3 / /m -', '1 x / / /m rw - fuse.sluice']) {
      expect(connectionIn(text, '/m')).toBeUndefined();
    }
  });

  it('is none of ours for the root of this machine, which is a mount point', () => {
    expect(connectionOf('/')).toBeUndefined();
    expect(isMountPoint('/')).toBe(true);
    expect(isMountPoint('/nowhere/at all')).toBe(false);
  });

  it('cannot be aborted when it does not exist, and says so', () => {
    expect(abortConnection(4_000_000_000)).toBe(false);
  });
});
