import { describe, expect, it } from 'vitest';
import { loadFuseNative, whyMissing } from './package.ts';

describe('an engine that is absent', () => {
  it('names the CPU that there is no build for', () => {
    expect(whyMissing('linux', 'arm64', undefined)).toContain('x86-64 alone, and this is linux on arm64');
  });

  it('names the npm package', () => {
    const error = Object.assign(new Error("Cannot find module 'fuse-native'\nRequire stack"), {
      code: 'MODULE_NOT_FOUND',
    });
    expect(whyMissing('linux', 'x64', error)).toMatch(/npm package fuse-native is not installed/);
  });

  it('names the library', () => {
    const error = Object.assign(new Error('libfuse.so.2: cannot open shared object file'), {
      code: 'ERR_DLOPEN_FAILED',
    });
    expect(whyMissing('linux', 'x64', error)).toContain('apt-get install libfuse2');
  });

  it('hands on any other reason', () => {
    expect(whyMissing('linux', 'x64', new Error('wrong ELF class'))).toContain(
      'does not load: wrong ELF class',
    );
  });

  it('is told, not thrown, where the package is not found', () => {
    expect(loadFuseNative('/nowhere/program.js')).toHaveProperty('missing');
  });
});
