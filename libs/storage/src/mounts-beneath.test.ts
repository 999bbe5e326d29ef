import { describe, expect, it } from 'vitest';
import { mountPointsWithin } from './mounts-beneath.ts';

/** mount id, parent id, device, root, mount point, as proc_pid_mountinfo(5) has them. */
const MOUNTINFO = `22 1 8:1 / / rw - ext4 /dev/sda1 rw
40 22 0:55 / /mnt/photos rw,relatime shared:1 - fuse.sluice photos rw
41 40 0:60 / /mnt/photos/Android/data rw - tmpfs tmpfs rw
42 40 8:1 /home /mnt/photos/with\\040blank rw - ext4 /dev/sda1 rw
43 22 0:55 /Android /srv/part rw - fuse.sluice photos rw
44 43 0:61 / /srv/part/obb rw - tmpfs tmpfs rw
45 41 0:62 / /mnt/photos/Android/data/deeper rw - tmpfs tmpfs rw
46 22 0:63 / /mnt/other rw - fuse.other other rw
47 46 0:64 / /mnt/other/data rw - tmpfs tmpfs rw
`;

describe('the mounts on a volume', () => {
  it('are told by their path within it, also where only a part of it is shown', () => {
    expect(mountPointsWithin(MOUNTINFO, '0:55')).toEqual(['Android/data', 'with blank', 'Android/obb']);
  });

  it('are none on a volume that is not mounted', () => {
    expect(mountPointsWithin(MOUNTINFO, '0:5')).toEqual([]);
    expect(mountPointsWithin('', '0:55')).toEqual([]);
    expect(mountPointsWithin('nonsense\n\n1\n', '0:55')).toEqual([]);
  });
});
