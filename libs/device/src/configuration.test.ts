import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { configText, volumeWish } from './configuration.ts';

describe("the daemon's configuration", () => {
  it('is shared storage on a mount point that apps cannot enter, if nothing else is wished', () => {
    expect(parse(configText(volumeWish({}), 'android-media'))).toEqual({
      volumes: [
        {
          name: 'media',
          source: '/data/media/0',
          mount: '/mnt/sluice/media',
          ownership: 'android',
          policy: 'android-media',
        },
      ],
    });
  });

  it('takes the mount point from the name', () => {
    expect(volumeWish({ name: 'photos', source: '/data/media/0/DCIM' }).mount).toBe('/mnt/sluice/photos');
  });

  it.each([
    [{ name: 'Photos' }],
    [{ name: '../x' }],
    [{ source: 'media' }],
    [{ source: '/data/../etc' }],
    [{ source: '/' }],
    [{ mount: '/mnt/a b' }],
    [{ mount: '/mnt/a"b' }],
    [{ mount: '/mnt/a\nb' }],
    [{ mount: '/mnt/#a' }],
    [{ mount: '/data/media/0/x' }],
    [{ source: `/${'x'.repeat(1100)}` }],
  ])('refuses %j', (wish) => {
    expect(() => volumeWish(wish)).toThrow(expect.objectContaining({ kind: 'bad-device-state' }));
  });
});
