import { describe, expect, it } from 'vitest';
import { mountPrefixes } from './mount-prefixes.ts';
import { TraceNames } from './trace-names.ts';

describe('hashed names', () => {
  it('are the same for the same name, and of no use to tell it', () => {
    const names = new TraceNames([], false);
    const [a, b] = names.hashed('DCIM/x/DCIM').split('/');
    expect(names.hashed('x/DCIM')).toBe(`${b}/${a}`);
    expect(a).toMatch(/^[0-9a-f]{16}$/);
    expect(names.hashed('')).toBe('');
    expect(new TraceNames([], false).hashed('DCIM')).not.toBe(a);
  });

  it('keep their extension when told to, if it is one', () => {
    const names = new TraceNames([], true);
    expect(names.hashed('a.jpg')).toMatch(/^[0-9a-f]{16}\.jpg$/);
    for (const name of ['.hidden', 'a.', 'plain', `a.${'x'.repeat(17)}`])
      expect(names.hashed(name)).toMatch(/^[0-9a-f]{16}$/);
  });

  it('are left as they are where they were named', () => {
    expect(new TraceNames(['DCIM'], false).hashed('DCIM/a')).toMatch(/^DCIM\/[0-9a-f]{16}$/);
  });
});

describe('mounts within a volume', () => {
  it('are told with every directory that leads there', () => {
    const mountinfo = [
      '21 1 0:5 / /mnt/photos rw - fuse.sluice photos rw',
      '22 21 8:1 / /mnt/photos/Android/data rw - ext4 /dev/sda rw',
      '23 21 8:1 / /mnt/photos/with\\040space rw - ext4 /dev/sda rw',
      '24 1 8:1 / /mnt/photos2/x rw - ext4 /dev/sda rw',
      '',
    ].join('\n');
    expect(mountPrefixes(mountinfo, '/mnt/photos').sort()).toEqual(['Android', 'Android/data', 'with space']);
  });
});
