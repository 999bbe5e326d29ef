import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { parseMounts } from '@sluice/session';
import { fuseMounts, observeFuse } from './observe-fuse.ts';
import { observeLimits, observePrivileges, observeSelinux } from './observe-process.ts';

const STATUS =
  'Uid:\t1000\t0\t0\t0\nCapEff:\t0000000000000005\nCapBnd:\t0000000000200000\nNoNewPrivs:\t1\nSeccomp:\t2\n';

describe('privileges', () => {
  it('are those of the effective user and set', () => {
    const { capabilities, ...rest } = observePrivileges(STATUS, 'user:[4026531837]');
    expect(rest).toEqual({
      root: true,
      initialUserNamespace: true,
      sysAdminInBoundingSet: true,
      noNewPrivileges: true,
      seccomp: 'filter',
    });
    const held = Object.entries(capabilities).filter(([, isHeld]) => isHeld);
    expect(held.map(([name]) => name)).toEqual(['CHOWN', 'DAC_READ_SEARCH']);
  });

  it('know the highest number too, another user namespace, and a kernel that says less', () => {
    const report = observePrivileges('Uid:\t0\t5\t5\t5\nCapEff:\t0000000010200000\n', 'user:[4026532000]');
    expect(report).toMatchObject({ root: false, initialUserNamespace: false, seccomp: 'unknown' });
    expect(report.capabilities).toMatchObject({ SYS_ADMIN: true, LEASE: true, MKNOD: false });
    expect(observePrivileges('', undefined).initialUserNamespace).toBe(true);
  });
});

describe('the limit of open files', () => {
  it('is read with its hard one, which may be none', () => {
    const line = 'Max open files            1024                 unlimited            files     \n';
    expect(observeLimits(line)).toEqual({ openFilesSoft: 1024, openFilesHard: null });
    expect(observeLimits('')).toEqual({ openFilesSoft: null, openFilesHard: null });
  });
});

describe('SELinux', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'sluice-selinux-'));
    mkdirSync(join(root, 'proc/self/attr'), { recursive: true });
    mkdirSync(join(root, 'sys/fs/selinux'), { recursive: true });
    writeFileSync(join(root, 'proc/self/attr/current'), 'u:r:magisk:s0\0');
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it('is absent without its file system, whatever another module says of a domain', () => {
    expect(observeSelinux(root)).toEqual({ mode: 'absent', domain: null });
  });

  it.each([
    ['1', 'enforcing'],
    ['0', 'permissive'],
  ])('has a mode (%s) and our domain', (content, mode) => {
    writeFileSync(join(root, 'sys/fs/selinux/enforce'), content);
    expect(observeSelinux(root)).toEqual({ mode, domain: 'u:r:magisk:s0' });
  });
});

describe('FUSE mounts', () => {
  it('are counted by type, and their places are not told', () => {
    const types = ['ext4', 'fuse.sluice', 'fuse', 'fuse.sluice', 'fuseblk', 'fusectl'];
    const mounts = parseMounts(
      types.map((type, i) => `${i} 0 0:${i} / /secret${i} rw - ${type} x rw`).join('\n'),
    );
    expect(fuseMounts(mounts)).toEqual([
      { type: 'fuse', count: 1 },
      { type: 'fuse.sluice', count: 2 },
      { type: 'fuseblk', count: 1 },
    ]);
    expect(observeFuse(mounts, '').connectionsVisible).toBe(true);
    expect(observeFuse(mounts.slice(0, 1), '').connectionsVisible).toBe(false);
  });

  it('may be made by fusermount3 where the path has it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'sluice-path-'));
    expect(observeFuse([], `/none:${directory}`).fusermount3).toBe(false);
    writeFileSync(join(directory, 'fusermount3'), '', { mode: 0o755 });
    expect(observeFuse([], `/none:${directory}`).fusermount3).toBe(true);
    rmSync(directory, { recursive: true });
  });
});
