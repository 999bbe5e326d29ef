import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { licenceTexts, packageDirectories } from './licences.ts';

let root: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'sluice-licences-'));
});

afterEach(() => {
  rmSync(root, { recursive: true, force: true });
});

function addPackage(directory: string, about: object, files: Readonly<Record<string, string>> = {}): void {
  mkdirSync(join(root, directory), { recursive: true });
  for (const [name, content] of Object.entries({ ...files, 'package.json': JSON.stringify(about) })) {
    writeFileSync(join(root, directory, name), content);
  }
}

describe('the licences of what was bundled', () => {
  it('are those of each package once, the inner one where packages hold packages, ours left out', () => {
    expect(
      packageDirectories([
        'apps/sluiced/src/sluiced.ts',
        'node_modules/yaml/dist/index.js',
        'node_modules/yaml/dist/errors.js',
        'node_modules/@grpc/grpc-js/build/src/index.js',
        'node_modules/winston/node_modules/async/index.js',
      ]),
    ).toEqual(['node_modules/@grpc/grpc-js', 'node_modules/winston/node_modules/async', 'node_modules/yaml']);
  });

  it('are told in full, with notices, and by name where a package brings no text', () => {
    addPackage(
      'node_modules/a',
      { name: 'a', version: '1.0.0', license: 'MIT' },
      { LICENSE: 'text of a', NOTICE: 'and b' },
    );
    addPackage('node_modules/c', { name: 'c', version: '2.0.0', license: 'ISC' });
    const text = licenceTexts(root, ['node_modules/a', 'node_modules/c']);
    expect(text).toMatch(/a 1\.0\.0 \(MIT\)[^]*text of a\nand b\n[^]*c 2\.0\.0 \(ISC\)[^]*brings no text/);
  });

  it('are demanded: a package without any word of one fails the build', () => {
    addPackage('node_modules/x', { name: 'x', version: '1.0.0' });
    expect(() => licenceTexts(root, ['node_modules/x'])).toThrow(/node_modules\/x has neither/);
  });
});
