import { describe, expect, it } from 'vitest';
import { parseManifest } from './manifest.ts';

const file = (path: string): object => ({ path, size: 1, mode: '755', sha256: 'a'.repeat(64) });
const good = {
  format: 1,
  version: '0.1.0',
  cpu: 'arm64',
  runtime: { id: '0123456789ab' },
  files: [file('bin/sluice'), file('bin/sluiced'), file('runtime/node')],
};
const parse = (change: object) => parseManifest(JSON.stringify({ ...good, ...change }), 'x.tar.xz');

describe('a manifest', () => {
  it('gives the version an id by its content', () => {
    const { id, cpu, runtimeId, files } = parse({});
    expect(id).toMatch(/^0\.1\.0-[0-9a-f]{12}$/);
    expect({ cpu, runtimeId, files: files.length }).toEqual({
      cpu: 'arm64',
      runtimeId: '0123456789ab',
      files: 3,
    });
    expect(parse({ extra: 1 }).id).not.toBe(id);
  });

  it.each([
    ['another format', { format: 2 }],
    ['another CPU', { cpu: 'mips' }],
    ['no runtime', { runtime: {} }],
    ['a runtime that leads elsewhere', { runtime: { id: '../../../etc' } }],
    ['a version that leads elsewhere', { version: '../../x' }],
    ['a version with a blank', { version: '1 0' }],
    ['no files', { files: [] }],
    ['a file twice', { files: [...good.files, file('bin/sluice')] }],
    ['no daemon', { files: [file('bin/sluice')] }],
    ['an absolute path', { files: [...good.files, file('/etc/passwd')] }],
    ['a path that leads out', { files: [...good.files, file('app/../../x')] }],
    ['a path with an empty component', { files: [...good.files, file('app//x')] }],
    ['a path beside the folders of a bundle', { files: [...good.files, file('state/policies/x')] }],
    ['a path for the shell', { files: [...good.files, file('app/$(reboot)')] }],
    ['a path with a line feed', { files: [...good.files, file('app/a\nb')] }],
    ['a set-id bit', { files: [...good.files, { ...file('app/x'), mode: '4755' }] }],
    ['a negative size', { files: [...good.files, { ...file('app/x'), size: -1 }] }],
    ['a hash that is none', { files: [...good.files, { ...file('app/x'), sha256: 'A'.repeat(64) }] }],
  ])('is refused with %s', (_, change) => {
    expect(() => parse(change)).toThrow(expect.objectContaining({ kind: 'bad-bundle', state: 'as-before' }));
  });

  it('is refused when it is no JSON, or no object', () => {
    for (const text of ['', '{', '[]', 'null', '1'])
      expect(() => parseManifest(text, 'x')).toThrow(expect.objectContaining({ kind: 'bad-bundle' }));
  });
});
