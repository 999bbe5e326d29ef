import { chmodSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ERRNO, sys } from '@sluice/sys';
import {
  findFusermount,
  fusermountOptions,
  grantedTo,
  hindrance,
  mountByFusermount,
  unmountByFusermount,
  unmountErrno,
  usersMayAllowOthers,
} from './fusermount.ts';

const options = { name: 'v', mountPoint: '/m', allowOther: true, defaultPermissions: true };
let directory = '';
let path: string | undefined;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'sluice-fusermount-'));
  path = process.env['PATH'];
});
afterEach(() => {
  process.env['PATH'] = path;
  rmSync(directory, { recursive: true });
});

/** A program in fusermount3's place, alone on PATH, written in Python. What it was called with is noted down. */
function standIn(...lines: string[]): () => string[] {
  const program = join(directory, 'fusermount3');
  const noted = join(directory, 'called');
  const body = [
    '#!/usr/bin/python3',
    'import os, socket, sys',
    `open(${JSON.stringify(noted)}, 'a').write('\\n'.join(sys.argv[1:] + sorted(os.environ)) + '\\n')`,
    'def send(*fds): socket.send_fds(socket.socket(fileno=int(os.environ["_FUSE_COMMFD"])), [b"\\0"], fds)',
    'def fail(text): print(text, file=sys.stderr); sys.exit(1)',
    ...lines,
  ];
  writeFileSync(program, `${body.join('\n')}\n`);
  chmodSync(program, 0o755);
  process.env['PATH'] = directory;
  return () => readFileSync(noted, 'utf8').trimEnd().split('\n');
}

describe('finding fusermount3', () => {
  const make = (at: string, name: string): string => {
    mkdirSync(join(directory, at), { recursive: true });
    const program = join(directory, at, name);
    writeFileSync(program, '');
    chmodSync(program, 0o755);
    return program;
  };

  it('takes the first of the directories, and libfuse 3’s before libfuse 2’s', () => {
    const older = make('a', 'fusermount');
    const [a, b, c] = ['a', 'b', 'c'].map((each) => join(directory, each));
    expect(findFusermount(`${a}:${b}`)).toBe(older);
    const newer = make('b', 'fusermount3');
    make('c', 'fusermount3');
    expect(findFusermount(`${a}:${b}:${c}`)).toBe(newer);
  });

  it('passes over what is no program, and relative directories', () => {
    chmodSync(make('a', 'fusermount3'), 0o644);
    mkdirSync(join(directory, 'b', 'fusermount3'), { recursive: true });
    const directories = ['a', 'b', 'absent'].map((each) => join(directory, each));
    expect(findFusermount(directories.join(':'))).toBeUndefined();
    for (const none of ['', ':', '.', 'usr/bin:./']) expect(findFusermount(none)).toBeUndefined();
  });
});

describe('the options for fusermount3', () => {
  it('name the volume and its type, and what it is to be like', () => {
    const plain = { ...options, allowOther: false, defaultPermissions: false, suid: false, dev: false };
    expect(fusermountOptions(plain)).toBe('fsname=v,subtype=sluice,max_read=1048576');
    const full = { ...options, suid: true, dev: true };
    expect(fusermountOptions(full)).toBe(
      'fsname=v,subtype=sluice,default_permissions,allow_other,suid,dev,max_read=1048576',
    );
  });

  it('cannot be added to by a volume’s name', () => {
    const named = { ...options, suid: false, dev: false, name: 'x,suid\\' };
    expect(fusermountOptions(named)).toContain('fsname=x\\,suid\\\\,subtype');
  });

  it('leave out what a user is not granted', () => {
    const wanted = { ...options, suid: true, dev: true };
    expect(grantedTo(1000, wanted, '')).toMatchObject({ allowOther: false, suid: false, dev: false });
    const configured = 'user_allow_other\n';
    expect(grantedTo(1000, wanted, configured)).toMatchObject({ allowOther: true, suid: false, dev: false });
    expect(grantedTo(0, wanted, '')).toMatchObject({ allowOther: true, suid: true, dev: true });
    expect(grantedTo(0, options, '')).toMatchObject({ suid: false, dev: false });
  });

  it.each([
    ['user_allow_other\n', true],
    ['mount_max = 5\n \tuser_allow_other # yes\n', true],
    ['#user_allow_other\n', false],
    ['user_allow_other=1\n', false],
    ['no user_allow_other\n', false],
    ['user_allow_other', false],
    ['', false],
  ])('let users allow others by the configuration %j: %s', (configuration, allowed) => {
    expect(usersMayAllowOthers(configuration)).toBe(allowed);
  });
});

describe('mounting by a stand-in for fusermount3', () => {
  const point = (): string => join(directory, 'point');
  const mount = () => mountByFusermount({ ...options, allowOther: false, mountPoint: point() });
  const descriptors = (): string[] => readdirSync('/proc/self/fd').sort();

  it('takes the descriptor that it sends, and hands it nothing but the socket', () => {
    const called = standIn('send(os.open("/dev/null", os.O_RDWR))');
    const { device, program, allowsOthers } = mount();
    expect(device).toBeGreaterThan(2);
    expect(sys.close(device)).toBe(0);
    expect([program, allowsOthers]).toEqual([join(directory, 'fusermount3'), false]);
    const [o, words, end, at, ...environment] = called();
    expect([o, end, at]).toEqual(['-o', '--', point()]);
    expect(words).toBe('fsname=v,subtype=sluice,default_permissions,max_read=1048576');
    expect(environment.filter((name) => !/^(LC_CTYPE|PATH)$/.test(name))).toEqual(['_FUSE_COMMFD']);
  });

  it('fails with its words, and keeps no descriptor', () => {
    standIn('send(0)', 'fail("fusermount3: mount failed: Operation\\n not permitted")');
    const before = descriptors();
    expect(mount).toThrow(
      `cannot mount on ${point()} by ${directory}/fusermount3: fusermount3: mount failed: Operation; not permitted`,
    );
    expect(descriptors()).toEqual(before);
  });

  it('fails if it sends none or several, after it has been told to unmount', () => {
    for (const sent of ['pass', 'send(0, 0)']) {
      const called = standIn(`if "-u" not in sys.argv: ${sent}`);
      const before = descriptors();
      expect(mount).toThrow('it sent no descriptor');
      expect(descriptors()).toEqual(before);
      expect(called()).toEqual(expect.arrayContaining(['-u', '-z', point()]));
    }
  });

  it('fails without it, and names its package', () => {
    process.env['PATH'] = '';
    expect(mount).toThrow(
      /fusermount3, which is not on PATH; install the package fuse3 \(apt-get install fuse3\)/,
    );
    expect(unmountByFusermount('/m', false)).toBe(-ERRNO.EPERM);
  });

  it('unmounts, lazily or not', () => {
    const called = standIn('');
    expect(unmountByFusermount('/m', false)).toBe(0);
    expect(called().slice(0, 3)).toEqual(['-u', '--', '/m']);
    expect(unmountByFusermount('-z', true)).toBe(0);
    expect(called().slice(-10)).toEqual(expect.arrayContaining(['-u', '-z', '--']));
  });

  it.each([
    ['failed to unmount /m: Device or resource busy', ERRNO.EBUSY],
    ['failed to unmount /m: Invalid argument', ERRNO.EINVAL],
    ['entry for /m not found in /etc/mtab', ERRNO.EINVAL],
    ['failed to unmount /m: Operation not permitted', ERRNO.EPERM],
  ])('takes “%s” for errno %i', (said, errno) => {
    standIn(`fail(${JSON.stringify(said)})`);
    expect(unmountByFusermount('/m', false)).toBe(-errno);
    expect(unmountErrno(`fusermount3: ${said}`)).toBe(-errno);
  });
});

describe('what keeps fusermount3 from being root', () => {
  const all = (1n << 41n) - 1n;
  it('is said, if anything does', () => {
    expect(hindrance({ effective: 0n, bounding: all, noNewPrivileges: false })).toBe('');
    expect(hindrance({ effective: 0n, bounding: all, noNewPrivileges: true })).toContain('no_new_privs');
    const lost = { effective: all, bounding: all & ~(1n << 21n), noNewPrivileges: false };
    expect(hindrance(lost)).toContain('not in the bounding set');
  });
});
