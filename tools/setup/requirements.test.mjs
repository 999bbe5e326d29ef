import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { missingRequirement } from './requirements.mjs';

const HOST = { env: process.env, uid: 0, platform: 'linux' };
const NO_PROGRAMS = { PATH: '/nonexistent' };

describe('the requirements', () => {
  it('are met on a Linux with a compiler', () => {
    expect(missingRequirement({ start: true, build: true }, HOST)).toBeUndefined();
  });

  it('hold root, or fusermount3, only for a start', () => {
    const user = { ...HOST, uid: 1000, env: NO_PROGRAMS };
    expect(missingRequirement({ start: false, build: false }, user)).toBeUndefined();
    expect(missingRequirement({ start: true, build: false }, user)).toMatch(
      /needs root or, .* fusermount3: .* sudo, .*apt-get install fuse3"\.$/,
    );
    const programs = mkdtempSync(join(tmpdir(), 'sluice-requirements-'));
    writeFileSync(join(programs, 'fusermount3'), '');
    const helped = { ...user, env: { PATH: `/nonexistent:${programs}` } };
    expect(missingRequirement({ start: true, build: false }, helped)).toBeUndefined();
    rmSync(programs, { recursive: true });
  });

  it('hold a compiler only for a build', () => {
    const bare = { ...HOST, env: NO_PROGRAMS };
    expect(missingRequirement({ start: true, build: false }, bare)).toBeUndefined();
    expect(missingRequirement({ start: true, build: true }, bare)).toMatch(
      /^Sluice needs a C compiler .*apt-get install gcc"\.$/,
    );
  });

  it('take the compiler that CC names, flags included', () => {
    const named = (CC, PATH = process.env.PATH) => ({ ...HOST, env: { PATH, CC } });
    expect(
      missingRequirement({ start: false, build: true }, named(`${process.execPath} --no-warnings`)),
    ).toBeUndefined();
    expect(missingRequirement({ start: false, build: true }, named('nosuch-cc -m64'))).toBe(
      'The C compiler named by CC, "nosuch-cc -m64", does not run: correct or unset CC.',
    );
  });

  it('hold Linux', () => {
    expect(missingRequirement({ start: false, build: false }, { ...HOST, platform: 'darwin' })).toMatch(
      /Linux only/,
    );
  });
});
