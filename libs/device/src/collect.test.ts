import { describe, expect, it } from 'vitest';
import { pathHasher } from './collect.ts';

const hash = pathHasher(Buffer.alloc(32, 1));

describe('hashed paths', () => {
  it('hide names, and keep where Android and Sluice have things', () => {
    const text = hash('volume media: /data/media/0/DCIM/secret.jpg is served on /mnt/sluice/media');
    expect(text).not.toMatch(/DCIM|secret/);
    expect(text).toMatch(
      /^volume media: \/data\/media\/0\/~[0-9a-f]{12}\/~[0-9a-f]{12} is served on \/mnt\/sluice\/media$/,
    );
  });

  it('keep equal names equal within one report, and no other', () => {
    expect(hash('/data/a/x')).toBe(hash('/data/a/x'));
    expect(hash('/data/a')).not.toBe(hash('/data/b'));
    expect(pathHasher()('/data/a')).not.toBe(pathHasher()('/data/a'));
  });

  it('hide names with blanks that stand in quotes', () => {
    const text = hash('  "source": "/data/media/0/My Photos/me and you.jpg",\n  "mount": "/mnt/sluice/x y"');
    expect(text).not.toMatch(/My|Photos|me and|you|x y/);
    expect(text).toContain('"source": "/data/media/0/~');
  });

  it('hide relative paths, behind commas, equal signs and brackets too', () => {
    for (const around of [
      '(DCIM/secret.jpg)',
      'path=DCIM/secret.jpg',
      'a,DCIM/secret.jpg',
      '[DCIM/secret.jpg]',
      '"DCIM/secret.jpg"',
    ])
      expect(hash(around)).not.toMatch(/secret|DCIM/);
  });

  it('leave the rest as it is', () => {
    const text = '{ "level": "info", "message": "ready, pid 12" }\nkernel 6.12.0\n';
    expect(hash(text)).toBe(text);
  });
});
